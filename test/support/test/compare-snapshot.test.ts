import { beforeEach, expect, test } from 'vitest'
import { type Company, createCompany } from '../src/front-simulator/company.ts'
import { type ComparedSnapshot, snapshotDifferences } from '../src/front-simulator/compare-snapshot.ts'
import type { FrontItem } from '../src/front-simulator/item.ts'
import { createWorld, type World } from '../src/front-simulator/world.ts'

let world: World
let company: Company
let id: string

beforeEach(() => {
  world = createWorld({ autoCreate: false, now: Date.now })
  company = createCompany({ world, now: Date.now, emit: () => {} })
  id = (company.open({ subject: 'Hello', text: 'One' }).conversation as FrontItem).id
  company.tag(id, 'bug')
  company.assign(id, 'kim')
  company.comment(id, 'Noted')
})

function rightSnapshot(changes: Partial<ComparedSnapshot> = {}): ComparedSnapshot {
  const texts = (items: readonly FrontItem[], field: string) =>
    items.map((item) => ({ id: item.id, text: String(item[field]) }))
  return {
    state: 'live',
    merged_into: null,
    subject: 'Hello',
    status: 'assigned',
    assignee: { id: 'tea_kim' },
    tags: [{ id: 'tag_bug' }],
    custom_fields_json: '{}',
    messages: texts(world.messages(id), 'text'),
    comments: texts(world.comments(id), 'body'),
    ...changes,
  }
}

function partsThatDiffer(snapshot: ComparedSnapshot | undefined): string[] {
  return snapshotDifferences(world, () => snapshot, { listed: 20, conversations: [id] }).map(({ part }) => part)
}

test('a snapshot that says what Front has differs in nothing', () => {
  expect(partsThatDiffer(rightSnapshot())).toEqual([])
})

test('every part that may be wrong is seen', () => {
  const wrong: Readonly<Record<string, Partial<ComparedSnapshot>>> = {
    state: { state: 'gone' },
    subject: { subject: 'Other' },
    status: { status: 'archived' },
    assignee: { assignee: null },
    tags: { tags: [] },
    fields: { custom_fields_json: '{"Plan":"x"}' },
    messages: { messages: [] },
    comments: { comments: [{ id: world.comments(id)[0]?.id ?? '', text: 'Old' }] },
  }
  for (const [part, changes] of Object.entries(wrong)) expect(partsThatDiffer(rightSnapshot(changes))).toEqual([part])
  expect(partsThatDiffer(undefined)).toEqual(['missing'])
})

test('an end is wanted of what has ended: deleted, erased, merged into its survivor', () => {
  company.trash(id)
  expect(partsThatDiffer(rightSnapshot())).toEqual(['state'])
  expect(partsThatDiffer(rightSnapshot({ state: 'deleted' }))).toEqual([])
  const other = (company.open().conversation as FrontItem).id
  company.merge(id, other)
  expect(partsThatDiffer(rightSnapshot({ state: 'merged', merged_into: 'cnv_9' }))).toEqual(['state'])
  expect(partsThatDiffer(rightSnapshot({ state: 'merged', merged_into: other }))).toEqual([])
  company.erase(other)
  id = other
  expect(partsThatDiffer(rightSnapshot())).toEqual(['state'])
  expect(partsThatDiffer(rightSnapshot({ state: 'gone' }))).toEqual([])
})
