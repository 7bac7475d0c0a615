import { topicKey } from '@millrace/domain'
import { topics } from '@millrace/schemas'
import { replayOf, waitFor } from '@millrace/test-support'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventOf, freshConversation } from './support/events.ts'
import { createInstallation, type Installation } from './support/installation.ts'
import { refreshOf } from './support/refresh-of.ts'

let here: Installation

beforeAll(async () => {
  here = await createInstallation()
  await here.start()
})

afterEach(() => here.front.clearFaults())
afterAll(() => here.close())

/** A conversation that Front has, with one message. */
function conversation(subject = 'Hello'): string {
  const id = freshConversation()
  here.front.world.putConversation({ id, subject, status: 'assigned' })
  here.front.world.addMessage(id, { text: 'Where is it?' })
  return id
}

const callsOf = (id: string) => here.front.calls(id)

test('an event becomes a full snapshot with messages and comments', async () => {
  const id = conversation('Where is my order?')
  here.front.world.addComment(id, { body: 'Looking' })
  const snapshot = await here.reflected(id, await here.event(id))
  expect(snapshot).toMatchObject({
    state: 'live',
    completeness: 'full',
    subject: 'Where is my order?',
    messages: [{ text: 'Where is it?' }],
    comments: [{ text: 'Looking' }],
    has_more: false,
    is_first: true,
  })
})

test('a conversation that no event told of, as a comparison lists it after an import, is read once', async () => {
  const id = conversation('Imported')
  const list = (tick: number) =>
    here.refresh(
      refreshOf({
        conversation_id: id,
        kind: 'listed',
        updated_at: Date.now() + tick,
        conversation: Buffer.from(JSON.stringify({ id, subject: 'Imported', status: 'archived', custom_fields: {} })),
      }),
    )
  await list(0)
  await waitFor(() => here.snapshots(id).at(-1)?.messages[0]?.text === 'Where is it?', { what: 'its message' })
  await list(1_000)
  await here.reflected(id, await here.event(id))
  const found = () => here.refreshes(id).filter(({ reason }) => reason === 'found')
  await waitFor(() => found().length > 0, { what: 'its wish to be read' })
  expect(found()).toHaveLength(1)
})

test("a snapshot is as of Front's own time", async () => {
  const id = conversation()
  here.front.world.putConversation({ id, updated_at: 1_700_000_000.123 })
  expect((await here.reflected(id, await here.event(id))).as_of).toBe(1_700_000_000_123)
})

test('only the first snapshot of a conversation says that it is the first', async () => {
  const id = conversation()
  await here.reflected(id, await here.event(id))
  here.front.world.addMessage(id, { text: 'And now?' })
  await here.reflected(id, await here.event(id))
  const [first, ...later] = here.snapshots(id).map(({ is_first }) => is_first)
  expect([first, new Set(later)]).toEqual([true, new Set([false])])
})

test('fifty events of one conversation at once cost few reads and are all reflected', async () => {
  const id = conversation()
  const events = await Promise.all(Array.from({ length: 50 }, () => here.event(id)))
  await Promise.all(events.map((event) => here.reflected(id, event)))
  // A read is three calls. What came while one was under way needs another; on a machine that stalls some more than one.
  expect(callsOf(id).length).toBeLessThanOrEqual(8 * 3)
})

test('events of other providers and events without a conversation are passed over', async () => {
  const id = conversation()
  await here.event(id, { provider: 'make' })
  await here.event(id, { conversation_id: null })
  await here.reflected(id, await here.event(id))
  expect(callsOf(id)).toHaveLength(3)
})

test('a merged conversation ends with a record that names the survivor, and the survivor is read', async () => {
  const [ended, survivor] = [conversation('ended'), conversation('survivor')]
  here.front.world.merge(ended, survivor)
  const event = await here.event(ended)
  expect(await here.reflected(ended, event)).toMatchObject({ state: 'merged', merged_into: survivor, messages: [] })
  expect(await here.reflected(survivor, event)).toMatchObject({ state: 'live', subject: 'survivor' })
})

test('an event of the survivor ends the conversations that were merged into it', async () => {
  const [ended, survivor] = [conversation('ended'), conversation('survivor')]
  await here.reflected(ended, await here.event(ended))
  here.front.world.merge(ended, survivor)
  const payload = {
    type: 'conversations_merged',
    conversation: { id: survivor },
    target: { _meta: { type: 'deleted_conversation_ids' }, data: [ended] },
  }
  const changes = { type: 'conversation.merged', payload: Buffer.from(JSON.stringify(payload)) }
  const event = await here.event(survivor, changes)
  expect(await here.reflected(ended, event)).toMatchObject({ state: 'merged', merged_into: survivor })
})

test('conversations merged into each other end both and hold up nobody', async () => {
  const [a, b] = [conversation(), conversation()]
  here.front.world.merge(a, b)
  here.front.world.merge(b, a)
  const event = await here.event(a)
  expect((await here.reflected(a, event)).state).toBe('merged')
  expect((await here.reflected(b, event)).state).toBe('merged')
})

test.for([
  ['404', 'remove'],
  ['403', 'forbid'],
] as const)('a conversation that answers %s and was never read is a partial snapshot', async ([, how]) => {
  const id = freshConversation()
  here.front.world[how](id)
  expect(await here.reflected(id, await here.event(id))).toMatchObject({ state: 'live', completeness: 'partial' })
})

test.for([
  ['404', 'remove'],
  ['403', 'forbid'],
] as const)('a conversation that answers %s and was read before is gone', async ([, how]) => {
  const id = conversation()
  await here.reflected(id, await here.event(id))
  here.front.world[how](id)
  expect(await here.reflected(id, await here.event(id))).toMatchObject({
    state: 'gone',
    completeness: 'partial',
    subject: null,
  })
})

test('a deleted conversation is told as deleted', async () => {
  const id = conversation()
  here.front.world.putConversation({ id, status: 'deleted' })
  expect(await here.reflected(id, await here.event(id))).toMatchObject({ state: 'deleted', completeness: 'full' })
})

test('a scope that the token lacks ends no conversation: its events wait until the token has it', async () => {
  const id = conversation()
  const message = 'Missing required scopes: [comments:read]'
  here.front.fail({ path: `${id}/comments`, status: 403, message })
  const event = await here.event(id)
  await waitFor(() => callsOf(`${id}/comments`).length >= 2, { what: 'a second try' })
  expect(here.snapshots(id)).toEqual([])
  here.front.clearFaults()
  expect(await here.reflected(id, event)).toMatchObject({ state: 'live', completeness: 'full' })
})

test('an older read never wins over a newer one, even when its answer was delayed', async () => {
  const id = conversation('old')
  const oldTime = 1_700_000_000
  here.front.world.putConversation({ id, updated_at: oldTime })
  const before = { ...here.front.world.conversation(id) }
  here.front.world.putConversation({ id, subject: 'new', updated_at: oldTime + 10 })
  await here.reflected(id, await here.event(id))
  // The answer of the time before comes again, as from a cache.
  here.front.fail({ path: `/conversations/${id}`, count: 1, body: JSON.stringify(before) })
  const last = await here.reflected(id, await here.event(id))
  expect(last).toMatchObject({ subject: 'new', as_of: (oldTime + 10) * 1_000 })
})

test('a replayed event has its conversation read again, in the lane that gives way to all others, and writes no snapshot of its own', async () => {
  const id = conversation('Before')
  const event = eventOf(id)
  const key = topicKey('default', id)
  await here.kafka.send(topics.events, key, event)
  await here.reflected(id, event.event_id)
  const before = here.snapshots(id).length
  here.front.world.putConversation({ id, subject: 'After', updated_at: Math.ceil(Date.now() / 1_000) })
  await here.kafka.send(topics.replays, key, replayOf(event, { target: 'delivery-request' }))
  await here.kafka.send(topics.replays, key, replayOf(event, { target: 'conversation-snapshot' }))
  await waitFor(() => here.snapshots(id).at(-1)?.subject === 'After', {
    what: 'what Front has now',
  })
  const wishes = () => here.refreshes(id).filter(({ reason }) => reason === 'replay')
  await waitFor(() => wishes().length > 0, { what: 'the wish to be read' })
  expect(wishes()).toMatchObject([{ kind: 'wish', lane: 'replay', caused_by: [event.event_id] }])
  expect(here.snapshots(id)).toHaveLength(before + 1)
})
