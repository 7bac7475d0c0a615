import { randomBytes, randomUUID } from 'node:crypto'
import { describePayload, nameEvent, parseJson, recordKey, replayKey } from '@millrace/domain'
import { connectKafka, type Kafka } from '@millrace/kafka'
import {
  allTopics,
  deadLetterTopic,
  type ReceivedWebhook,
  singleObject,
  type Topic,
  topics,
  type WebhookEvent,
} from '@millrace/schemas'
import { eventValue, patient, quietLog, runService, waitFor } from '@millrace/test-support'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { findDeadPlace, type LetterPace, planRedrive, wayBack } from '../src/index.ts'

const { KAFKA_BROKERS = '', REDIS_URL = '' } = process.env
const prefix = `t${randomBytes(5).toString('hex')}.`
const never = new AbortController().signal
let kafka: Kafka

beforeAll(async () => {
  kafka = connectKafka({ ...patient, brokers: KAFKA_BROKERS.split(','), clientId: 'test', log: quietLog, prefix })
  await kafka.ensureTopics(allTopics(), { eventPartitions: 2, replication: 1 })
})
afterAll(() => kafka?.close())

const pace = (changes: Partial<LetterPace> = {}): LetterPace => ({
  id: 'rdr_1',
  requestedBy: 'usr_1',
  rate: 500,
  signal: never,
  onProgress: () => {},
  ...changes,
})

const plan = (topic: string, group: string, filter = {}) =>
  planRedrive(kafka, findDeadPlace(topic, group), filter, never)

async function valuesOf<V>(topic: Topic<V>): Promise<V[]> {
  const found: V[] = []
  for await (const record of kafka.read(topic as Topic<unknown>, { untilEnd: true })) {
    const value = kafka.decode(topic, record)
    if (value !== null) found.push(value)
  }
  return found
}

const eventOf = (event_id: string) =>
  eventValue({ event_id, conversation_id: `cnv_${event_id}`, webhook_id: randomUUID(), reply_to: 'replies.1' })

/** A dead letter as a group leaves it. */
async function die(source: Topic<unknown>, group: string, key: string, bytes: Buffer, code = 'MR_TEST') {
  await kafka.send(deadLetterTopic(source, group), key, bytes, {
    headers: { ce_id: 'evt', 'x-error-code': code, 'kafka_dlt-exception-message': 'why', 'x-webhook-id': 'w' },
  })
}

const dieAsEvent = (group: string, event: WebhookEvent, code?: string) =>
  die(topics.events as Topic<unknown>, group, replayKey(event), singleObject.encode(topics.events.schema, event), code)

test('an event that one group gave up comes back to that group alone, once, and not to those that had it', async () => {
  const events = ['evt_1', 'evt_2', 'evt_3'].map(eventOf)
  for (const event of events) await dieAsEvent('knowledge-extract', event)
  const before = await valuesOf(topics.events)
  const first = await plan('webhooks.events.v1', 'knowledge-extract')
  expect(first.count).toBe(3)
  expect([...first.codes]).toEqual([['MR_TEST', 3]])
  expect(await first.run(pace())).toBe(3)
  const replays = await valuesOf(topics.replays)
  expect(replays.map(({ event_id }) => event_id).sort()).toEqual(['evt_1', 'evt_2', 'evt_3'])
  for (const replay of replays) {
    expect(replay).toMatchObject({
      target_kind: 'group',
      target: 'knowledge-extract',
      replay_id: 'rdr_1',
      reply_to: null,
    })
    expect(replay.run_id).toMatch(/^run_/)
  }
  expect(await valuesOf(topics.events)).toEqual(before)
  const second = await plan('webhooks.events.v1', 'knowledge-extract')
  expect(second.count).toBe(0)
  expect(await second.run(pace())).toBe(0)
  expect(await valuesOf(topics.replays)).toHaveLength(3)
})

test('a redrive takes the tenant, code, time and positions that it is told, and leaves what nobody can read', async () => {
  const group = 'delivery-request'
  await dieAsEvent(group, { ...eventOf('evt_a'), tenant: 'acme' }, 'MR_A')
  await dieAsEvent(group, { ...eventOf('evt_b'), tenant: 'acme2' }, 'MR_B')
  await die(topics.events as Topic<unknown>, group, 'acme/cnv', Buffer.from('no Avro'), 'MR_A')
  const of = (filter: object) => plan('webhooks.events.v1', group, filter)
  const acme = await of({ tenant: 'acme' })
  expect([acme.count, [...acme.obstacles]]).toEqual([1, [['its bytes cannot be read', 1]]])
  expect((await of({ code: 'MR_B' })).count).toBe(1)
  expect((await of({ until: 1 })).count).toBe(0)
  expect((await of({ positions: ['x-0-0'] })).count).toBe(0)
  expect(await acme.run(pace())).toBe(1)
  expect((await of({})).count).toBe(1)
})

test('a redrive that is stopped goes on with what is left', async () => {
  for (let id = 0; id < 6; id++) await dieAsEvent('handlers', eventOf(`evt_s${id}`))
  const stopping = new AbortController()
  const whole = await plan('webhooks.events.v1', 'handlers')
  const onProgress = (done: number) => {
    if (done === 2) stopping.abort()
  }
  expect(await whole.run(pace({ signal: stopping.signal, onProgress }))).toBe(2)
  const rest = await plan('webhooks.events.v1', 'handlers')
  expect(rest.count).toBe(4)
  expect(await rest.run(pace())).toBe(4)
  const ids = (await valuesOf(topics.replays))
    .filter(({ target }) => target === 'handlers')
    .map((each) => each.event_id)
  expect(ids.toSorted()).toEqual(Array.from({ length: 6 }, (_, id) => `evt_s${id}`))
})

test('every place in the registry has a way back, or says why it has none', () => {
  const all = Object.values(topics) as unknown as Topic<unknown>[]
  const places = all.flatMap((source) => source.groups.map((group) => [source.name, group, wayBack({ source, group })]))
  const without = places.flatMap(([name, group, way]) =>
    (way as { kind: string }).kind === 'none' ? [`${name} ${group}`] : [],
  )
  expect(without.sort()).toEqual([
    'webhooks.events.v1 delivery-processed',
    'webhooks.events.v1 poller-events',
    'webhooks.received.v1 poller-parity',
  ])
})

test('a topic or group that is not there is named', () => {
  expect(() => findDeadPlace('webhooks.nothing.v1', 'dedup')).toThrow('there is no topic webhooks.nothing.v1')
  expect(() => findDeadPlace('webhooks.received.v1', 'nobody')).toThrow('those that do: dedup, poller-parity')
})

/** A webhook that dedup gives up while `webhooks.events` takes only small records. */
function largeWebhook(eventId: string): { readonly key: string; readonly webhook: ReceivedWebhook } {
  const conversation = { id: 'cnv_large', subject: 'Hello' }
  const event = { id: eventId, type: 'inbound', emitted_at: 1_700_000_000.5, conversation, filler: 'x'.repeat(300_000) }
  const payload = Buffer.from(
    JSON.stringify({ type: 'inbound_received', authorization: { id: 'cmp_1' }, payload: event }),
  )
  const webhook: ReceivedWebhook = {
    webhook_id: randomUUID(),
    tenant: 'default',
    account: 'default',
    provider: 'front',
    source: 'front',
    scheme: 'app',
    origin: 'webhook',
    received_at: Date.now(),
    batch_index: 0,
    batch_size: 1,
    headers: {},
    content_type: 'application/json',
    reply_to: null,
    payload,
  }
  const parsed = parseJson(payload)
  const description = describePayload('front', parsed.ok ? parsed.value : null)
  const identity = nameEvent({ provider: 'front', description, headers: {}, bytes: payload, batchIndex: 0 })
  return { key: recordKey('default', description, identity.value), webhook }
}

test('a redriven record passes dedup exactly once, however often it is put back', async () => {
  const env = { KAFKA_BROKERS, REDIS_URL, KAFKA_PREFIX: prefix, REDIS_PREFIX: prefix, KAFKA_SESSION_TIMEOUT_MS: '6000' }
  const dedup = await runService({ name: 'dedup', env, readyWithinMs: 60_000 })
  onTestFinished(() => dedup.stop())
  const { key, webhook } = largeWebhook('evt_redriven')
  await limitEvents(key, 20_000)
  await kafka.send(topics.received, key, webhook)
  const dead = deadLetterTopic(topics.received as Topic<unknown>, 'dedup')
  const isDead = async () => [...(await kafka.ends(dead)).values()].some((end) => end > 0n)
  await waitFor(isDead, { what: 'its death' })
  await limitEvents(key, topics.events.maxValueBytes)

  const put = await plan('webhooks.received.v1', 'dedup')
  expect(put.count).toBe(1)
  // The second one is what a process leaves that dies between putting back and marking.
  expect([await put.run(pace()), await put.run(pace())]).toEqual([1, 1])
  await kafka.send(topics.received, key, webhook)
  await caughtUp('dedup')
  const passed = (await valuesOf(topics.events)).filter(({ event_id }) => event_id === 'evt_redriven')
  expect(passed).toHaveLength(1)
  expect(passed[0]?.payload).toEqual(webhook.payload)
  expect((await plan('webhooks.received.v1', 'dedup')).count).toBe(0)
  expect(await valuesOf(dead)).toHaveLength(1)
})

/** Waits until dedup has taken all that was received. */
async function caughtUp(group: string): Promise<void> {
  const isDone = async () => {
    const [ends, committed] = [await kafka.ends(topics.received), await kafka.committed(group, topics.received)]
    return [...ends].every(([partition, end]) => (committed.get(partition) ?? 0n) >= end)
  }
  await waitFor(isDone, { what: `${group} to catch up` })
}

/** Resolves once the broker heeds it, which it may do a moment after it has answered. */
async function limitEvents(key: string, bytes: number): Promise<void> {
  const { Kafka: Client, logLevel, ConfigResourceTypes } = kafkajs
  const admin = new Client({ brokers: KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const configEntries = [{ name: 'max.message.bytes', value: String(bytes) }]
  const name = `${prefix}${topics.events.name}`
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries }],
  })
  await admin.disconnect()
  // A null, which is no event to anybody.
  const headers = { filler: 'x'.repeat(100_000) }
  const isTaken = () =>
    kafka.send(topics.events, key, null, { headers }).then(
      () => true,
      () => false,
    )
  await waitFor(async () => (await isTaken()) === bytes > 100_000, { what: 'the limit to be heeded' })
}
