import { topicKey } from '@millrace/domain'
import { waitFor } from '@millrace/test-support'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { FindingKind } from '../src/findings.ts'
import { freshId, frontEvent, listEvents } from './support/front-events.ts'
import { ACCOUNT, createInstallation, type Installation, type StartedPoller, TENANT } from './support/installation.ts'

let here: Installation

beforeEach(async () => {
  here = await createInstallation()
  // Far enough back that what a test makes is to be compared; and since then everything is known.
  const before = Date.now() - 60_000
  await here.savePosition({ events_until: before, compared_until: before, read_at: Date.now() })
  await here.redis.set(`poller:known:since:${topicKey(TENANT, ACCOUNT)}`, before)
})

afterEach(() => here.close())

const AGO = 10_000

/** A conversation that Front has, changed at a time. */
function changed(at: number, fields: object = {}): string {
  const id = freshId('cnv')
  here.front.world.putConversation({ id, subject: 'Hello', status: 'archived', updated_at: at / 1000, ...fields })
  return id
}

async function known(id: string, times: { readonly snapshotAt?: number; readonly eventAt?: number }): Promise<void> {
  if (times.snapshotAt !== undefined) await here.snapshot(id, times.snapshotAt)
  if (times.eventAt !== undefined) await here.event(id, times.eventAt)
}

const told = (id: string) =>
  waitFor(() => here.refreshes.find((refresh) => refresh.conversation_id === id && refresh.kind === 'listed'), {
    what: `${id} as it was listed`,
  })

/** That alone is found. It is noted once what it leads to is stored. */
async function found({ findings }: StartedPoller, kind: FindingKind): Promise<void> {
  await waitFor(() => findings.length > 0, { what: `the finding ${kind}` })
  expect(new Set(findings)).toEqual(new Set([kind]))
}

/** Resolves after a round that began after the call has ended. */
async function aRound(): Promise<void> {
  const listed = () => here.front.calls('/conversations').length
  const before = listed()
  await waitFor(() => listed() > before + 1, { what: 'two comparisons' })
}

test('a conversation that changed without an event is told as it was listed, without a call for it', async () => {
  const at = Date.now() - AGO
  const ids = Array.from({ length: 150 }, () => changed(at, { status: 'deleted' }))
  for (const id of ids) await known(id, { snapshotAt: at - 20_000, eventAt: at - 20_000 })
  const poller = await here.start()
  const refresh = await told(ids[0] ?? '')
  await waitFor(() => ids.every((id) => here.refreshes.some(({ conversation_id }) => conversation_id === id)), {
    what: 'all of them',
  })
  expect(refresh).toMatchObject({ tenant: TENANT, account: ACCOUNT, updated_at: at, messages: null })
  expect(JSON.parse(String(refresh.conversation))).toMatchObject({ id: ids[0], status: 'deleted' })
  await found(poller, 'missed')
  expect(here.front.calls().filter(({ path }) => path !== '/events' && path !== '/conversations')).toEqual([])
})

test('a conversation whose snapshot has the change is not told again', async () => {
  const at = Date.now() - AGO
  const id = changed(at)
  await known(id, { snapshotAt: at, eventAt: at })
  const poller = await here.start()
  await aRound()
  expect([here.refreshes, poller.findings]).toEqual([[], []])
})

test('a conversation of an import, of which there is no snapshot, is told', async () => {
  const id = changed(Date.now() - AGO)
  const poller = await here.start()
  await told(id)
  await waitFor(() => poller.findings.includes('unknown'), { what: 'the finding' })
})

test('a change that an event told is no missed one, though its snapshot is behind', async () => {
  const at = Date.now() - AGO
  const id = changed(at)
  await known(id, { snapshotAt: at - 20_000, eventAt: at - 500 })
  // No page is read by itself.
  const poller = await here.start({ sharePercent: 0 })
  await told(id)
  await found(poller, 'behind')
  await aRound()
  expect(here.front.calls('/events')).toEqual([])
})

test('what changed a moment ago waits for its webhook', async () => {
  const id = changed(Date.now() - 1_000)
  const poller = await here.start({ graceMs: 45_000 })
  await aRound()
  expect([here.refreshes, poller.findings]).toEqual([[], []])
  await poller.close()
  await here.start({ graceMs: 500 })
  await told(id)
})

test('of a company with more events than a round reads, those around a missed change are read, the others not', async () => {
  const at = Date.now() - AGO
  const others = listEvents(here.front, 30, at - 20_000)
  const lost = frontEvent(at, changed(at))
  await known(lost.conversation.id, { snapshotAt: at - 20_000, eventAt: at - 20_000 })
  here.front.world.addEvent(lost)
  await here.savePosition({ events_until: at - 40_000, compared_until: at - 40_000, read_at: Date.now() })
  await here.start({ sharePercent: 1 })
  await waitFor(() => here.receivedIds().includes(lost.id), { what: 'the lost event' })
  // They were stored before it, but maybe in the other partition.
  const read = () => others.filter((id) => here.receivedIds().includes(id))
  await waitFor(() => read().length >= 15, { what: 'the first page' })
  expect(read()).toHaveLength(15)
  await waitFor(() => here.position()?.gaps.length === 0, { what: 'the gap to be read' })
})

test('of such a company all is read that webhooks never tell', async () => {
  const now = Date.now()
  listEvents(here.front, 40, now - AGO)
  const mention = { ...frontEvent(now - 2_000, changed(now - AGO)), type: 'mention' }
  await known(mention.conversation.id, { snapshotAt: now, eventAt: now })
  here.front.world.addEvent(mention)
  await here.start({ sharePercent: 1 })
  await waitFor(() => here.receivedIds().includes(mention.id), { what: 'the mention' })
  expect(here.receivedIds().length).toBeLessThan(41)
})

test('a list that is far too long for the calls of a period is not begun, and what webhooks never tell is read at once', async () => {
  const now = Date.now()
  for (let ago = 62_000; ago > 3_000; ago -= 60) here.front.world.addEvent(frontEvent(now - ago, freshId('cnv')))
  const mention = { ...frontEvent(now - 4_000, changed(now - AGO)), type: 'mention' }
  // A webhook of the same conversation came after it, so no comparison of conversations finds it.
  await known(mention.conversation.id, { snapshotAt: now, eventAt: now })
  here.front.world.addEvent(mention)
  await here.savePosition({ events_until: now - 60_000, compared_until: now - 60_000, read_at: now })
  // Ten pages a period, of which the test lasts one; there are over sixty.
  await here.start({ sharePercent: 0.1, reconcileMs: 60_000 })
  await waitFor(() => here.receivedIds().includes(mention.id), { what: 'the mention' })
  // What was stored before it may be in the other partition.
  await waitFor(() => here.receivedIds().length > 3 * 15, { what: 'the pages that show how long the list is' })
  expect(here.receivedIds()).toHaveLength(3 * 15 + 1)
})

test('a token that may not read events still has conversations compared, period by period', async () => {
  here.front.fail({ path: '/events', status: 403, message: 'Missing required scopes: [events:*:read]' })
  await here.start()
  await told(changed(Date.now() - AGO))
  await aRound()
  await told(changed(Date.now()))
})

test('after Redis was emptied conversations are told again, but none is taken for missed', async () => {
  const at = Date.now() - AGO
  const id = changed(at)
  await known(id, { snapshotAt: at, eventAt: at })
  await here.redis.del(`poller:known:since:${topicKey(TENANT, ACCOUNT)}`)
  const poller = await here.start({ sharePercent: 0 })
  await aRound()
  expect(poller.findings.filter((kind) => kind !== 'unsure')).toEqual([])
  expect(here.front.calls('/events')).toEqual([])
})
