import type { KnowledgeObservation, WebhookEvent } from '@millrace/schemas'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { extractEvent } from '../src/extract-event.ts'
import { taskExtractor } from '../src/extract-task.ts'
import { eventOf, RECEIVED_AT } from './support/events.ts'
import { foldRandomly, type GraphTables, randomOf, textOf } from './support/graph-world.ts'
import { addressId, personByEmail } from './support/ids.ts'
import { observationsIn } from './support/observations.ts'

function seenIn(events: readonly WebhookEvent[]): KnowledgeObservation[] {
  return events.flatMap((event) => observationsIn(extractEvent(event, taskExtractor, 0).outputs))
}

/** The same seed, the same order; crashes now and then. */
function fold(events: readonly WebhookEvent[], seed = 1, crashes = 0): GraphTables {
  return foldRandomly(seenIn(events), { random: randomOf(seed), crashes })
}

function taskAt(minute: number, task: object, client = 'acme'): WebhookEvent {
  const at = RECEIVED_AT + minute * 60_000
  const body = { client_id: client, action_id: 'get', task: { id: 't1', ...task } }
  return eventOf(body, { event_id: `e${minute}`, occurred_at: at, received_at: at })
}

const minute = (count: number) => RECEIVED_AT + count * 60_000
const person = (key: string) => personByEmail(key)

/** Ids of what is related, while it is. */
function targets({ relationships }: GraphTables, type: string): string[] {
  return [...relationships.values()]
    .filter((each) => each.type === type && each.valid_to === null)
    .map(({ to_id }) => to_id)
    .toSorted()
}

function nodesOf({ nodes }: GraphTables, type: string): string[] {
  return [...nodes.values()]
    .filter((node) => node.type === type)
    .map(({ id }) => id)
    .toSorted()
}

const ann = { id: 1, username: 'Ann', email: 'ann@acme.example' }
const bo = { id: 2, username: 'Bo', email: 'bo@acme.example' }

// People are met by one id here and by another there; tasks lose people, fields and tags; texts mention and no longer do.
const user = fc.constantFrom<unknown>(
  ann,
  bo,
  1,
  2,
  { email: 'bo@acme.example' },
  { id: 3, email: 'bo@acme.example' },
  { id: 1, email: 'ann@home.example' },
)
const anyTask = fc.record(
  {
    id: fc.constantFrom('t1', 't2'),
    name: fc.constantFrom('T', 'call bo@acme.example', 'ask ann@acme.example'),
    text_content: fc.constantFrom(null, '', 'mail ann@acme.example'),
    description: fc.constantFrom(null, 'mail bo@acme.example', 'see https://acme.example/x and bo@acme.example'),
    status: fc.constantFrom<unknown>('open', { status: 'done', color: 'red' }, null),
    assignees: fc.array(user, { maxLength: 2 }),
    creator: user,
    tags: fc.subarray([{ name: 'vip' }, { name: 'new' }]),
    custom_fields: fc.subarray([
      { id: 'f1', name: 'F', type: 'number', value: 0 },
      { id: 'f2', name: 'G', type: 'users', value: [{ id: 3 }] },
    ]),
  },
  { requiredKeys: ['id'] },
)
const events = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 6 }), anyTask, fc.constantFrom('acme', 'beta')), {
    minLength: 1,
    maxLength: 9,
  })
  .map((list) => list.map(([at, task, client], index) => ({ ...taskAt(at, task, client), event_id: `e${index}` })))

test('shuffled, doubled, replayed and cut off between state and commit, events make the same compacted topics', () => {
  fc.assert(
    fc.property(events, fc.nat(), fc.nat(), (list, seed, other) => {
      const expected = textOf(fold(list, seed))
      const random = randomOf(other)
      const shuffled = [...list, ...list, ...list.slice(0, 3)].toSorted(() => random() - 0.5)
      expect(textOf(fold(shuffled, other, 0.3))).toBe(expected)
    }),
    { numRuns: Number(process.env.RUNS ?? 80) },
  )
})

test('after Redis lost its states between two events, the graph that holds is the one that all events make', () => {
  // What is gone is forgotten with the state, so people are held by a task here; what comes back knows what was said since.
  const watchers = [ann, bo, { id: 3, email: 'bo@acme.example' }, { id: 1, email: 'ann@home.example' }]
  const holder = { ...taskAt(0, { id: 'holder', watchers }), event_id: 'holder' }
  const held = ({ nodes, relationships }: GraphTables) => {
    const holding = [...relationships.values()].filter(({ valid_to }) => valid_to === null)
    const ids = [...nodes.values()].map(({ id }) => id)
    return [...ids, ...holding.map(({ id, to_id, properties_json }) => `${id} ${to_id} ${properties_json}`)].toSorted()
  }
  fc.assert(
    fc.property(events, fc.nat(), fc.nat(8), (list, seed, lostAfter) => {
      const afterLoss = seenIn(list.slice(lostAfter))
      const whole = foldRandomly(seenIn([holder, ...list]), { random: randomOf(seed) })
      const readBack = foldRandomly(seenIn([holder, ...list.slice(0, lostAfter)]), {
        random: randomOf(seed),
        afterLoss,
      })
      expect(held(readBack)).toEqual(held(whole))
    }),
    { numRuns: Number(process.env.RUNS ?? 30) },
  )
})

test('every relationship that holds leads from a node that is there to one that is there, and every node has a reason', () => {
  fc.assert(
    fc.property(events, fc.nat(), (list, seed) => {
      const { nodes, relationships } = fold(list, seed)
      const ids = new Set([...nodes.values()].map(({ id }) => id))
      const holding = [...relationships.values()].filter(({ valid_to }) => valid_to === null)
      for (const { from_id, to_id } of holding) expect([ids.has(from_id), ids.has(to_id)]).toEqual([true, true])
      const named = new Set(holding.map(({ to_id }) => to_id))
      for (const { id, type } of nodes.values()) expect(type === 'task' || named.has(id)).toBe(true)
    }),
    { numRuns: 100 },
  )
})

test('an assignee who is no longer named has lost the task since then, and goes when nothing else names them', () => {
  const tables = fold([
    taskAt(1, { assignees: [ann, bo] }),
    taskAt(2, { assignees: [ann] }),
    taskAt(3, { assignees: [ann] }),
  ])
  expect(targets(tables, 'assigned_to')).toEqual([person('ann@acme.example')])
  const ended = [...tables.relationships.values()].find(
    ({ to_id, type }) => type === 'assigned_to' && to_id === person('bo@acme.example'),
  )
  expect(ended).toMatchObject({ valid_to: minute(2), first_seen: minute(1), last_seen: minute(1) })
  expect(nodesOf(tables, 'person')).toEqual([person('ann@acme.example')])
  expect(nodesOf(tables, 'email_address')).toEqual([addressId('ann@acme.example')])
})

test('an assignee who comes back holds the task again', () => {
  const tables = fold([taskAt(1, { assignees: [bo] }), taskAt(2, { assignees: [] }), taskAt(3, { assignees: [bo] })])
  expect(targets(tables, 'assigned_to')).toEqual([person('bo@acme.example')])
  expect(nodesOf(tables, 'person')).toEqual([person('bo@acme.example')])
})

test('what an event does not speak of goes on', () => {
  const tables = fold([taskAt(1, { assignees: [ann], priority: { priority: 'high' } }), taskAt(2, {})])
  expect([targets(tables, 'assigned_to'), targets(tables, 'has_priority')]).toEqual([
    [person('ann@acme.example')],
    ['priority:default:high'],
  ])
})

test('an unset field and a priority that became null are no more; a value 0 is', () => {
  const field = { id: 'f', name: 'F', type: 'number', value: 0 }
  const before = { custom_fields: [field, { ...field, id: 'g' }], priority: { priority: 'high' } }
  const { value: _, ...unset } = field
  const tables = fold([taskAt(1, before), taskAt(2, { custom_fields: [unset, { ...field, id: 'g' }], priority: null })])
  expect(nodesOf(tables, 'custom_field_value')).toEqual(['custom_field_value:default:t1:g'])
  expect(nodesOf(tables, 'priority')).toEqual([])
})

test('what a name mentioned ends when the task is renamed, though nothing is said of the description; each text goes on by itself', () => {
  const held = (...tasks: object[]) => targets(fold(tasks.map((task, index) => taskAt(index, task))), 'mentions')
  const [annsAddress, bosAddress] = [addressId('ann@acme.example'), addressId('bo@acme.example')]
  const before = { name: 'Mail bo@acme.example', description: 'and ann@acme.example' }
  expect(held(before, { name: 'Done' })).toEqual([annsAddress])
  expect(held(before, { name: undefined, description: '' })).toEqual([bosAddress])
  expect(held(before, { name: 'Done', text_content: 'nobody' })).toEqual([])
  // Both texts name the same: it holds while one of them does.
  const twice = { name: 'Mail bo@acme.example', description: 'bo@acme.example' }
  expect(held(twice, { name: 'Done' })).toEqual([bosAddress])
  expect(held(twice, { name: 'Done' }, { name: undefined, description: null })).toEqual([])
})

test('what two texts mentioned ended when the last of them no longer did', () => {
  const text = 'bo@acme.example'
  const list = [
    taskAt(1, { name: text, description: text }),
    taskAt(2, { name: 'Done' }),
    taskAt(3, { description: '' }),
  ]
  for (let seed = 0; seed < 20; seed++) {
    const [mention] = [...fold(list, seed, 0.2).relationships.values()].filter(({ type }) => type === 'mentions')
    expect(mention).toMatchObject({ valid_to: minute(3), last_seen: minute(1) })
  }
})

test('a task that was posted for two clients belongs to both', () => {
  const list = [taskAt(1, { name: 'T' }), taskAt(2, { name: 'T' }, 'beta')]
  for (const each of [list, list.toReversed()])
    expect(targets(fold(each), 'belongs_to')).toEqual(['client:default:acme', 'client:default:beta'])
})

test('a newer status takes the place of the older, whichever came first', () => {
  const list = [taskAt(1, { status: 'open' }), taskAt(2, { status: 'done' })]
  for (const each of [list, list.toReversed()])
    expect(targets(fold(each), 'has_status')).toEqual(['status:default:done'])
  expect(nodesOf(fold(list), 'status')).toEqual(['status:default:done'])
})

test('people who share an email or a vendor id are one person with all relationships, in whatever order the ids were met', () => {
  const list = [
    taskAt(1, { creator: 3 }),
    taskAt(2, { assignees: [{ id: 3, username: 'Kim', email: 'kim@work.example' }] }),
    taskAt(3, { watchers: [{ id: 9, email: 'kim@home.example' }] }),
    taskAt(4, { watchers: [{ id: 9, email: 'kim@work.example' }] }),
  ]
  for (let seed = 0; seed < 50; seed++) {
    const tables = fold(list, seed, 0.2)
    const [id = '', other] = [person('kim@home.example'), person('kim@work.example')].toSorted()
    expect(nodesOf(tables, 'person')).toEqual([id])
    expect([targets(tables, 'created_by'), targets(tables, 'assigned_to'), targets(tables, 'watched_by')]).toEqual([
      [id],
      [id],
      [id],
    ])
    expect(targets(tables, 'has_email')).toHaveLength(2)
    expect([...tables.nodes.values()].find((node) => node.id === id)?.identities).toEqual([
      other,
      'person:default:clickup:3',
      'person:default:clickup:9',
    ])
  }
})

test('people of two accounts with one vendor number are two', () => {
  const events = [taskAt(1, { creator: 3 }), { ...taskAt(2, { creator: 3 }), account: 'other' }]
  expect(nodesOf(fold(events), 'person')).toEqual(['person:default:clickup:3', 'person:other:clickup:3'])
})

test('a node that more than are counted have named stays', () => {
  const many = Array.from({ length: 201 }, (_, index) => taskAt(index, { id: `t${index}`, tags: [{ name: 'vip' }] }))
  const ended = many.map((event, index) => ({
    ...taskAt(1_000, { id: `t${index}`, tags: [] }),
    event_id: `x${event.event_id}`,
  }))
  expect(nodesOf(fold([...many, ...ended]), 'tag')).toEqual(['tag:default:vip'])
})

test('a mentioned node tells the words that name it, and whose text they are of', () => {
  const description = 'Write to ann@omega.net, or to bob@omega.net'
  const { nodes } = fold([taskAt(0, { description })])
  const node = [...nodes.values()].find(({ label }) => label === 'bob@omega.net')
  const [span] = node?.provenance[0]?.spans ?? []
  expect(span).toMatchObject({
    field: expect.stringMatching(/^task:default:[^#]+#description$/),
    text: 'bob@omega.net',
  })
  expect(description.slice(span?.start, span?.end)).toBe('bob@omega.net')
})
