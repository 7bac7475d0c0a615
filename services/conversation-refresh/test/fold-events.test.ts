import { type FrontItem, snapshotDifferences, waitFor } from '@millrace/test-support'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { type HearOptions, hearFront } from './support/hear-front.ts'
import { createInstallation, type Installation, type StartOptions } from './support/installation.ts'

let here: Installation
afterEach(() => here.close())

/** The service in this process beside a simulated Front that sends it webhooks. */
async function begin(options: StartOptions & HearOptions = {}): Promise<Installation> {
  here = await createInstallation()
  const heard = await hearFront(here.front, here, options)
  onTestFinished(() => heard.close())
  await here.start(options)
  return here
}

const idOf = (event: FrontItem) => (event.conversation as FrontItem).id

test('full events become snapshots without a single call', async () => {
  const { front } = await begin()
  const opened = front.company.open({ subject: 'Where is it?', text: 'I wait.' })
  const id = idOf(opened)
  // Webhooks that are under way together may come in any order, and what comes before the beginning wants a read.
  await here.reflected(id, opened.id)
  front.company.tag(id, 'Urgent')
  front.company.reply(id, { text: 'It was sent.' })
  const last = front.company.archive(id)
  const snapshot = await here.reflected(id, last.id)
  await waitFor(
    () => snapshotDifferences(front.world, (key) => here.snapshots(key).at(-1), { listed: 20 }).length === 0,
    {
      what: 'the snapshot to be as Front has it',
    },
  )
  expect(snapshot).toMatchObject({ completeness: 'full', state: 'live', has_more: false })
  expect(here.front.calls()).toEqual([])
})

test('previews of many conversations are completed by few calls', async () => {
  const { front } = await begin({ previews: 1, previewDelayMs: 1_000 })
  const opened = Array.from({ length: 12 }, (_, n) => front.company.open({ subject: `Order ${n}`, text: `text ${n}` }))
  const snapshots = await Promise.all(opened.map((event) => here.reflected(idOf(event), event.id)))
  expect(snapshots.map(({ messages, completeness }) => [messages[0]?.text?.trim(), completeness])).toEqual(
    opened.map((_, n) => [`text ${n}`, 'full']),
  )
  // Three where all come within the delay, which a machine that stalls may stretch.
  expect(front.calls().length).toBeLessThanOrEqual(6)
})

test('a preview that tells everything by its type costs no call, and is reflected at once', async () => {
  const { front } = await begin({ previews: 1 })
  const id = idOf(front.company.open({}))
  await waitFor(() => here.snapshots(id).at(-1)?.completeness === 'full', { what: 'the beginning' })
  const calls = front.calls().length
  const archived = front.company.archive(id)
  expect(await here.reflected(id, archived.id)).toMatchObject({ status: 'archived' })
  expect(front.calls().length).toBe(calls)
})

test('a preview is pending until what changed is in the snapshot', async () => {
  const { front } = await begin({ previews: 1, previewDelayMs: 1_000 })
  const id = idOf(front.company.open({ subject: 'first' }))
  await waitFor(() => here.snapshots(id).length > 0, { what: 'a snapshot' })
  const tagged = front.company.tag(id, 'Urgent')
  const pending = await waitFor(() => here.snapshots(id).find((each) => each.pending.includes(tagged.id)), {
    what: 'a snapshot in which it is pending',
  })
  expect(pending.caused_by).not.toContain(tagged.id)
  const whole = await here.reflected(id, tagged.id)
  expect(whole).toMatchObject({ tags: [{ name: 'Urgent' }], pending: [] })
})

test('a merge ends one conversation for good and refreshes the other, and a late event brings nothing back', async () => {
  const { front } = await begin()
  const [one, two] = [front.company.open({ subject: 'one' }), front.company.open({ subject: 'two' })]
  const [from, into] = [idOf(one), idOf(two)]
  await Promise.all([here.reflected(from, one.id), here.reflected(into, two.id)])
  front.world.merge(from, into)
  const next = await here.event(from)
  expect(await here.reflected(from, next)).toMatchObject({
    state: 'merged',
    merged_into: into,
    messages: [],
    subject: null,
  })
  await waitFor(() => front.calls(into).length >= 3, { what: 'the survivor to be read' })
  const late = await here.event(from, { occurred_at: Date.now() - 120_000 })
  expect(await here.reflected(from, late)).toMatchObject({ state: 'merged' })
})

test('a deleted conversation stays deleted when older events come late, and a restored one is read again', async () => {
  const { front } = await begin()
  const opened = front.company.open({ subject: 'gone soon' })
  const id = idOf(opened)
  await here.reflected(id, opened.id)
  const trashed = front.company.trash(id)
  expect(await here.reflected(id, trashed.id)).toMatchObject({ state: 'deleted' })
  const conversation = { id, subject: 'gone soon', status: 'assigned' }
  const body = { type: 'tag', id: 'evt_late1', emitted_at: Date.now() / 1_000 - 60, conversation }
  const late = await here.event(id, {
    event_id: 'evt_late1',
    occurred_at: Date.now() - 60_000,
    payload: Buffer.from(JSON.stringify(body)),
  })
  expect(await here.reflected(id, late)).toMatchObject({ state: 'deleted' })
  const calls = front.calls(id).length
  const restored = front.company.restore(id)
  await waitFor(() => front.calls(id).length >= calls + 3, { what: 'a read after the restoring' })
  expect(await here.reflected(id, restored.id)).toMatchObject({ state: 'live' })
})

test('thirty days after its end a conversation gets a null', async () => {
  const { front } = await begin()
  const opened = front.company.open({})
  const id = idOf(opened)
  const trashed = front.company.trash(id)
  await here.reflected(id, trashed.id)
  const ends = await here.ends()
  const day = 86_400_000
  expect(await ends.forgetDue(Date.now() + 29 * day)).toBe(0)
  expect(await ends.forgetDue(Date.now() + 31 * day)).toBe(1)
  await waitFor(() => here.hasNull(id), { what: 'the null' })
})

test('a conversation that only rule events tell of and the token may not read stays partial, and is not asked for again and again', async () => {
  const { front } = await begin({ kind: 'rule', previews: 1 })
  const opened = front.company.open({})
  const id = idOf(opened)
  front.world.forbid(id)
  expect(await here.reflected(id, opened.id)).toMatchObject({ state: 'live', completeness: 'partial' })
  const calls = front.calls(id).length
  const assigned = front.company.assign(id, 'tea_1')
  await waitFor(() => here.snapshots(id).some(({ pending }) => pending.includes(assigned.id)), {
    what: 'it to be pending',
  })
  const other = front.company.open({})
  await here.reflected(idOf(other), other.id)
  expect(front.calls(id).length).toBe(calls)
})

test('an event that comes a day late for a conversation that nobody knows is read, not folded', async () => {
  await begin()
  const id = 'cnv_old1'
  here.front.world.putConversation({ id, subject: 'as it is now' })
  const body = {
    type: 'archive',
    id: 'evt_old1',
    emitted_at: 1_700_000_000,
    conversation: { id, subject: 'as it was' },
  }
  const event = await here.event(id, { occurred_at: 1_700_000_000_000, payload: Buffer.from(JSON.stringify(body)) })
  expect(await here.reflected(id, event)).toMatchObject({ subject: 'as it is now', completeness: 'full' })
})

test('without folding every event costs a read', async () => {
  const { front } = await begin({ rules: { isFolding: false } })
  const opened = front.company.open({ subject: 'read' })
  expect(await here.reflected(idOf(opened), opened.id)).toMatchObject({ subject: 'read' })
  expect(front.calls(idOf(opened)).length).toBe(3)
})
