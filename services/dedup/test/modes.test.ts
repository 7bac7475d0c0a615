import { topicKey } from '@millrace/domain'
import { partitionOf } from '@millrace/kafka'
import { type IngestMode, type ReceivedWebhook, topics } from '@millrace/schemas'
import { ownTime, waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createInstallation, type Installation } from './support/installation.ts'
import { bareEvent, fresh, keyOf, nameless, received } from './support/webhooks.ts'

const PARTITIONS = 2
let here: Installation

beforeAll(async () => {
  here = await createInstallation({ partitions: PARTITIONS })
  // Two replicas, each the owner of a partition from here on.
  const replicas = await Promise.all([here.start(), here.start()])
  await Promise.all(replicas.map(({ joined }) => joined))
})

afterAll(() => here.close())

/** Sets the mode of a source and waits until both replicas hold it: what was sent before it may count by the old one. */
async function setMode(source: string, changes: Partial<IngestMode>): Promise<void> {
  const mode: IngestMode = {
    tenant: 'default',
    source,
    mode: 'webhook',
    inboxes: [],
    percent: 100,
    changed_at: Date.now(),
    changed_by: 'person',
    reason: '',
    ...changes,
  }
  await here.kafka.send(topics.modes, topicKey('default', source), mode)
}

/** Both replicas have the mode polling: a probe in each partition is held back. Answers how long that took, as `ownTime` counts. */
async function untilPolling(source: string): Promise<number> {
  const since = ownTime()
  let last = since
  const probe = async () => {
    const probes = probesOf(source)
    const at = ownTime()
    await here.send(...probes)
    await here.settle()
    const passed = probes.filter(({ webhook_id }) => eventsOf(webhook_id) > 0)
    if (passed.length > 0) last = at
    return passed.length === 0
  }
  await waitFor(probe, { what: 'the mode to be seen' })
  return last - since
}

const eventsOf = (webhookId: string) => here.events().filter(({ value }) => value.webhook_id === webhookId).length

function probesOf(source: string): ReceivedWebhook[] {
  const probes = new Map<number, ReceivedWebhook>()
  while (probes.size < PARTITIONS) {
    const { webhook } = copies(source)
    probes.set(partitionOf(Buffer.from(keyOf(webhook)), PARTITIONS), webhook)
  }
  return [...probes.values()]
}

/** The webhook and the polled copy of one event. */
function copies(source: string, conversationId = fresh('cnv'), event: object = {}) {
  const id = fresh('evt')
  const conversation = { id: conversationId, subject: 'Hello' }
  const body = { ...bareEvent(id, conversation), emitted_at: Date.now() / 1_000, ...event }
  return {
    id,
    webhook: received(body, { source }),
    polled: received(body, { source, scheme: 'api', origin: 'poll' }),
  }
}

const origins = (id: string) => here.events().flatMap(({ value }) => (value.event_id === id ? [value.origin] : []))

test('every replica holds webhooks back within 5 s of the change to polling', async () => {
  await setMode('timed', { mode: 'polling' })
  expect(await untilPolling('timed')).toBeLessThan(5_000)
})

test('in polling the polled copy is the event, whichever came first; a type that polling does not tell comes by webhook', async () => {
  await setMode('polled', { mode: 'polling' })
  await untilPolling('polled')
  const [first, second] = [copies('polled'), copies('polled')]
  const snoozed = copies('polled', undefined, { type: 'conversation_snoozed' })
  await here.send(first.webhook, first.polled, second.polled, second.webhook, snoozed.webhook)
  await here.settle()
  expect([origins(first.id), origins(second.id), origins(snoozed.id)]).toEqual([['poll'], ['poll'], ['webhook']])
})

test('a webhook that was held back is no event later either, until a copy that counts comes', async () => {
  await setMode('late', { mode: 'polling' })
  await untilPolling('late')
  const { id, webhook, polled } = copies('late')
  await here.send(webhook)
  await here.settle()
  await setMode('late', { mode: 'webhook' })
  await here.settle()
  expect(origins(id)).toEqual([])
  await here.send(polled)
  await here.settle()
  expect(origins(id)).toEqual(['poll'])
})

test('a late webhook of what happened before the change is an event: polling may have begun after it', async () => {
  const { id, webhook } = copies('before', undefined, { emitted_at: Date.now() / 1_000 - 1 })
  await setMode('before', { mode: 'polling' })
  await untilPolling('before')
  await here.send(webhook)
  await here.settle()
  expect(origins(id)).toEqual(['webhook'])
})

test('an inbox is cut over alone; its conversations are known by what once named it', async () => {
  await setMode('boxed', { mode: 'polling' })
  await untilPolling('boxed')
  const inbound = (id: string) => ({ source: { _meta: { type: 'inboxes' }, data: [{ id }] } })
  const [mine, other] = [fresh('cnv'), fresh('cnv')]
  // Learnt while all of them are polled.
  await here.send(copies('boxed', mine, inbound('inb_1')).polled, copies('boxed', other, inbound('inb_2')).polled)
  await here.settle()
  await setMode('boxed', { mode: 'webhook', inboxes: ['inb_1'] })
  const told = [copies('boxed', mine, { type: 'archive' }), copies('boxed', other, { type: 'archive' })] as const
  const isSeen = async () => {
    await here.send(...told.map(({ webhook }) => webhook))
    await here.settle()
    return origins(told[0].id).length > 0
  }
  await waitFor(isSeen, { what: 'the inbox to be cut over' })
  expect(told.map(({ id }) => origins(id))).toEqual([['webhook'], []])
})

test('in parallel a webhook without an event id leaves the event to its polled copy', async () => {
  await setMode('anonymous', { mode: 'polling' })
  await untilPolling('anonymous')
  await setMode('anonymous', { mode: 'parallel' })
  const { id, webhook, polled } = copies('anonymous')
  const unnamed = received(nameless(fresh('cnv')), { source: 'anonymous' })
  await here.send(webhook, polled, unnamed)
  await here.settle()
  expect([origins(id).length, eventsOf(unnamed.webhook_id)]).toEqual([1, 0])
})

test('modes that change all the time under load lose and double nothing', async () => {
  const changes = [
    { mode: 'polling' },
    { mode: 'webhook', percent: 40 },
    { mode: 'parallel' },
    { mode: 'webhook' },
  ] as const satisfies readonly Partial<IngestMode>[]
  const modes = here.kafka.table(topics.modes)
  onTestFinished(() => modes.close())
  const sent: string[] = []
  const unpolled: ReceivedWebhook[] = []
  for (let round = 0; round < 24; round++) {
    const reason = `round ${round}`
    await setMode('flipping', { ...changes[round % changes.length], reason })
    await waitFor(() => modes.get(topicKey('default', 'flipping'))?.reason === reason, { what: 'the change to be out' })
    const batch = Array.from({ length: 40 }, () => copies('flipping'))
    sent.push(...batch.map(({ id }) => id))
    await here.send(...batch.map(({ webhook }) => webhook))
    // Polling lags behind: what it tells now happened under other modes.
    const polled = unpolled.splice(0, unpolled.length - 60)
    await here.send(...polled)
    unpolled.push(...batch.map((copy) => copy.polled))
  }
  await here.send(...unpolled)
  await here.settle()
  const ids = new Set(sent)
  const came = here.eventIds().filter((id) => ids.has(id))
  expect(came.toSorted()).toEqual(sent.toSorted())
  const ways = here.events().filter(({ value }) => ids.has(value.event_id))
  // Had every change come too late to be felt, the test would show nothing.
  expect(new Set(ways.map(({ value }) => value.origin))).toEqual(new Set(['webhook', 'poll']))
})
