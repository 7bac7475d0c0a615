import { randomBytes } from 'node:crypto'
import { topicKey } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import {
  type ConversationSnapshot,
  type Delivery,
  type Endpoint,
  type Topic,
  topics,
  type WebhookEvent,
} from '@millrace/schemas'
import { snapshotValue, waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEndpointDirectory } from '../src/endpoint-directory.ts'
import type { NumberDeliveries } from '../src/number-deliveries.ts'
import { REQUEST_GROUP, startRequests } from '../src/request-deliveries.ts'
import { PROCESSED_GROUP, startProcessed } from '../src/request-processed.ts'
import { createWorld, type World } from './support/harness.ts'
import { endpointOf, messageEvent } from './support/values.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const keyPrefix = `t${randomBytes(4).toString('hex')}:`
let world: World
let redis: Redis
let running: Awaited<ReturnType<typeof start>>

/** Both groups that request deliveries, on the world's topics. */
async function start(kafka: Kafka) {
  const table = kafka.table(topics.endpoints)
  const endpoints = createEndpointDirectory(table)
  await table.ready
  const number: NumberDeliveries = async (_, outputs) => [...outputs]
  const requests = startRequests({ kafka, table, endpoints, number })
  const clusterId = await kafka.clusterId()
  const processed = startProcessed({ kafka, redis, log: silent, clusterId, table, endpoints, number })
  await Promise.all([requests.joined, processed.joined])
  return { table, requests, processed, close: () => Promise.all([requests.close(2_000), processed.close(2_000)]) }
}

beforeAll(async () => {
  world = await createWorld()
  redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix })
  await world.kafka.send(topics.endpoints, 'default/ep_1', endpointOf({ endpoint_id: 'ep_1' }))
  running = await start(world.kafka)
})

afterAll(async () => {
  await running.close()
  redis.disconnect()
  await world.close()
})

let made = 0
function messageOf(conversation: string, changes: Partial<WebhookEvent> = {}): WebhookEvent {
  const id = `${++made}`
  const payload = {
    type: 'inbound',
    id: `evt_${id}`,
    conversation: { id: conversation, tags: [] },
    source: { _meta: { type: 'inboxes' }, data: [{ id: 'inb_1' }] },
    target: {
      _meta: { type: 'message' },
      data: { id: `msg_${id}`, type: 'email', is_inbound: true, text: `Text ${id}` },
    },
  }
  return messageEvent({
    event_id: `evt_${id}`,
    conversation_id: conversation,
    payload: Buffer.from(JSON.stringify(payload)),
    ...changes,
  })
}

function snapshotOf(conversation: string, events: readonly WebhookEvent[]): ConversationSnapshot {
  return snapshotValue({
    conversation_id: conversation,
    as_of: 1_700_000_100_000,
    caused_by: events.map(({ event_id }) => event_id),
    is_first: false,
    subject: null,
    status: null,
    created_at: null,
    messages: events.map(({ event_id }) => ({
      id: event_id.replace('evt_', 'msg_'),
      type: 'email',
      is_inbound: true,
      created_at: 1_700_000_000_000,
      subject: null,
      blurb: null,
      text: `Text ${event_id.slice(4)}`,
      is_truncated: false,
      author: null,
      recipients: [],
      attachments: [],
    })),
  })
}

const publish = (event: WebhookEvent) =>
  world.kafka.send(topics.events, topicKey('default', event.conversation_id ?? ''), event)
const write = (snapshot: ConversationSnapshot) =>
  world.kafka.send(topics.snapshots, topicKey('default', snapshot.conversation_id), snapshot)

/** What was requested for a conversation so far, in order: type and message. */
async function requestedOf(conversation: string): Promise<[string, string][]> {
  return (await deliveriesOf(conversation)).map(({ event_type, body }) => [
    event_type,
    JSON.parse(String(body)).data.content,
  ])
}

async function deliveriesOf(conversation: string): Promise<Delivery[]> {
  const found: Delivery[] = []
  for await (const raw of world.kafka.read(topics.requested, { untilEnd: true })) {
    const delivery = world.kafka.decode(topics.requested, raw)
    if (delivery?.conversation_id === conversation) found.push(delivery)
  }
  return found
}

const settled = async () => {
  await running.requests.caughtUp(AbortSignal.timeout(60_000))
  await running.processed.caughtUp(AbortSignal.timeout(60_000))
  // They know of the partitions that they were given: where a member of before is slow to leave, that is not all.
  await done(REQUEST_GROUP, topics.events)
  await done(PROCESSED_GROUP, topics.events)
  await done(PROCESSED_GROUP, topics.snapshots)
}

async function done<V>(group: string, topic: Topic<V>): Promise<void> {
  const look = async () => {
    const [ends, committed] = [await world.kafka.ends(topic), await world.kafka.committed(group, topic)]
    return [...ends].every(([partition, end]) => (committed.get(partition) ?? 0n) >= end)
  }
  await waitFor(look, { what: `${group} to be done with ${topic.name}` })
}

test('a message is PROCESSED once, after its RECEIVED, however many snapshots hold it', async () => {
  const [first, second] = [messageOf('cnv_a'), messageOf('cnv_a')]
  await publish(first)
  await write(snapshotOf('cnv_a', [first]))
  await publish(second)
  for (let again = 0; again < 3; again++) await write(snapshotOf('cnv_a', [second, first]))
  await settled()
  expect((await requestedOf('cnv_a')).filter(([, text]) => text === `Text ${first.event_id.slice(4)}`)).toEqual([
    ['message.received', `Text ${first.event_id.slice(4)}`],
    ['message.processed', `Text ${first.event_id.slice(4)}`],
  ])
  expect((await requestedOf('cnv_a')).map(([type]) => type).toSorted()).toEqual([
    'message.processed',
    'message.processed',
    'message.received',
    'message.received',
  ])
})

test('a snapshot that is there before its event is met by it', async () => {
  const event = messageOf('cnv_b')
  await write(snapshotOf('cnv_b', [event]))
  await settled()
  expect(await requestedOf('cnv_b')).toEqual([])
  await publish(event)
  await settled()
  expect((await requestedOf('cnv_b')).map(([type]) => type)).toEqual(['message.received', 'message.processed'])
})

test('messages that came before us, comments and failures are not told as processed', async () => {
  const old = messageOf('cnv_c')
  const comment = messageOf('cnv_c', { type: 'comment.added' })
  const failed = messageOf('cnv_c', { type: 'message.failed' })
  await publish(comment)
  await publish(failed)
  await write(snapshotOf('cnv_c', [failed, comment, old]))
  await settled()
  expect((await requestedOf('cnv_c')).map(([type]) => type)).toEqual(['message.failed'])
})

test('after Redis was emptied nothing is lost and nothing comes twice', async () => {
  const events = Array.from({ length: 20 }, () => messageOf('cnv_d'))
  for (const event of events) await publish(event)
  await write(snapshotOf('cnv_d', events.slice(0, 10)))
  await settled()
  await running.close()
  await write(snapshotOf('cnv_d', events))
  const keys = (await redis.keys(`${keyPrefix}*`)).map((key) => key.slice(keyPrefix.length))
  await redis.del(...keys)
  running = await start(world.kafka)
  await settled()
  for (let again = 0; again < 2; again++) await write(snapshotOf('cnv_d', events))
  await settled()
  const processed = (await requestedOf('cnv_d')).filter(([type]) => type === 'message.processed')
  expect(processed).toHaveLength(20)
  expect(new Set(processed.map(([, text]) => text)).size).toBe(20)
})

test('a record that is read again finds its own claims, another one does not', async () => {
  const { createProcessedState } = await import('../src/processed-state.ts')
  const state = createProcessedState(redis)
  const event = messageOf('cnv_e')
  const known = { message_id: 'msg_e', source_type: null, position: 'webhooks.events.v1-0-7', event, told: null }
  await state.meetEvents('default/cnv_e', [known])
  const claimOf = async (position: string) => {
    const claimed = await state.meetSnapshot('default/cnv_e', position, 1, [event.event_id])
    return claimed.map(({ message_id }) => message_id)
  }
  expect(await claimOf('s-0-1')).toEqual(['msg_e'])
  expect(await claimOf('s-0-1')).toEqual(['msg_e'])
  expect(await claimOf('s-0-2')).toEqual([])
  expect(await redis.pttl('delivery:messages:default/cnv_e')).toBeGreaterThan(0)
})

test('what was read back of a conversation that nothing happens in any more ends by itself', async () => {
  const { createProcessedState } = await import('../src/processed-state.ts')
  await createProcessedState(redis).done('default/cnv_silent', ['evt_old'])
  expect(await redis.pttl('delivery:messages:default/cnv_silent')).toBeGreaterThan(0)
})

test('PROCESSED of a full event says what its RECEIVED said, whatever the snapshot holds of the message', async () => {
  const author = { id: 'tea_1', email: 'leela@example.com', handle: 'leela' }
  const ofTeammate = (conversation: string) => {
    const event = messageOf(conversation, { type: 'message.sent', occurred_at: 1_700_000_050_123 })
    const body = JSON.parse(String(event.payload))
    const data = {
      ...body.target.data,
      is_inbound: false,
      author,
      attachments: [{ id: 'fil_1', filename: 'a.png', content_type: 'image/png' }],
    }
    return {
      ...event,
      payload: Buffer.from(JSON.stringify({ ...body, type: 'out_reply', target: { ...body.target, data } })),
    }
  }
  const told = {
    tags: ['vip'],
    inboxes: ['inb_1'],
    payload_filter: JSON.stringify({ data: { created_by: ['leela@example.com'] } }),
  }
  await world.kafka.send(topics.endpoints, 'default/ep_told', endpointOf({ endpoint_id: 'ep_told', ...told }))
  await waitFor(() => running.table.get('default/ep_told') !== undefined, { what: 'the endpoint' })
  const [unheld, cut] = [ofTeammate('cnv_g'), ofTeammate('cnv_h')]
  for (const event of [unheld, cut]) {
    const body = JSON.parse(String(event.payload))
    const conversation = { ...body.conversation, tags: [{ id: 'tag_1', name: 'VIP' }] }
    await publish({ ...event, payload: Buffer.from(JSON.stringify({ ...body, conversation })) })
  }
  await settled()
  await write({ ...snapshotOf('cnv_g', [unheld]), messages: [], completeness: 'partial' })
  const held = snapshotOf('cnv_h', [cut])
  const messages = held.messages.map((message) => ({ ...message, text: 'Te', is_truncated: true }))
  await write({ ...held, messages, completeness: 'partial' })
  await settled()
  for (const conversation of ['cnv_g', 'cnv_h']) {
    const deliveries = await deliveriesOf(conversation)
    const ofType = (type: string) => deliveries.filter(({ event_type }) => event_type === type)
    const dataOf = ({ body }: Delivery) => JSON.parse(String(body)).data
    expect(
      ofType('message.sent')
        .map(({ endpoint_id }) => endpoint_id)
        .toSorted(),
    ).toEqual(['ep_1', 'ep_told'])
    expect(
      ofType('message.processed')
        .map(({ endpoint_id }) => endpoint_id)
        .toSorted(),
    ).toEqual(['ep_1', 'ep_told'])
    for (const processed of ofType('message.processed')) {
      const [received] = ofType('message.sent')
      expect(processed.preview).toBeNull()
      if (received === undefined) throw new Error('nothing was RECEIVED')
      const { status, updated_at, metadata, ...same } = dataOf(received)
      expect(same).toMatchObject({ created_by: 'leela@example.com', content_type: 'IMAGE', type: 'SYSTEM' })
      expect(dataOf(processed)).toMatchObject({
        ...same,
        status: 'PROCESSED',
        metadata: { ...metadata, preview: false },
      })
    }
  }
  const [kept] = await redis.keys(`${keyPrefix}delivery:told:default/cnv_g:*`)
  const left = await redis.pttl(kept?.slice(keyPrefix.length) ?? '')
  expect(left).toBeGreaterThan(0)
  expect(left).toBeLessThanOrEqual(600_000)
})

test('nothing is kept for a tenant of whom nobody wants it', async () => {
  const silentEndpoint: Endpoint = endpointOf({ tenant: 'quiet', endpoint_id: 'ep_q', event_types: ['comment.*'] })
  await world.kafka.send(topics.endpoints, 'quiet/ep_q', silentEndpoint)
  await waitFor(() => running.table.get('quiet/ep_q') !== undefined, { what: 'the endpoint' })
  const event = messageOf('cnv_f', { tenant: 'quiet' })
  await world.kafka.send(topics.events, topicKey('quiet', 'cnv_f'), event)
  await settled()
  expect(await redis.exists('delivery:messages:quiet/cnv_f')).toBe(0)
})
