import { once } from 'node:events'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { allTopics, deadLetterTopic, singleObject, topics } from '@millrace/schemas'
import { deliveryValue, eventValue, fixture, patient, waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jsonLines, millrace, ownTopics, start } from './support/millrace.ts'

const env = ownTopics()
let kafka: Kafka

const event = (event_id: string, payload: Buffer = fixture('front/app-webhook.inbound_received.json')) =>
  eventValue({ event_id, payload })

beforeAll(async () => {
  const brokers = (process.env.KAFKA_BROKERS ?? '').split(',')
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  kafka = connectKafka({ ...patient, brokers, clientId: 'cli-test', log, prefix: env.KAFKA_PREFIX ?? '' })
  await kafka.ensureTopics(allTopics(), { eventPartitions: 2, replication: 1 })
  for (const id of ['evt_1', 'evt_2', 'evt_3'])
    await kafka.send(topics.events, 'default/cnv_1', event(id), { headers: { ce_id: id } })
})

afterAll(() => kafka?.close(2_000))

test('tail shows each record once, decoded, its payload as JSON, and ends at the end', async () => {
  const { code, out } = await millrace(['tail', 'events', '--until-end', '--headers'], env)
  expect(code).toBe(0)
  const lines = jsonLines(out)
  expect(lines.map(({ offset }) => offset)).toEqual(['0', '1', '2'])
  expect(lines[0]).toMatchObject({
    topic: 'webhooks.events.v1',
    key: 'default/cnv_1',
    headers: { ce_id: 'evt_1' },
    value: { event_id: 'evt_1', payload: JSON.parse(String(fixture('front/app-webhook.inbound_received.json'))) },
  })
})

test('--base64 gives the payload byte for byte', async () => {
  const { out } = await millrace(['tail', topics.events.name, '--from', 'beginning', '--count', '1', '--base64'], env)
  const [line] = jsonLines(out) as { value: { payload: { base64: string } } }[]
  expect(Buffer.from(line?.value.payload.base64 ?? '', 'base64')).toEqual(
    fixture('front/app-webhook.inbound_received.json'),
  )
})

test('a dead letter is decoded by the schema of the topic it comes from', async () => {
  const bytes = singleObject.encode(topics.events.schema, event('evt_dead'))
  const dead = deadLetterTopic(topics.events, 'delivery-request')
  await kafka.send(dead, 'default/cnv_1', bytes, {
    headers: { 'kafka_dlt-original-offset': Buffer.from('000000000000002a', 'hex') },
  })
  const { out } = await millrace(['tail', 'events.dlq.delivery-request', '--until-end', '--headers'], env)
  expect(jsonLines(out)[0]).toMatchObject({
    headers: { 'kafka_dlt-original-offset': '42' },
    value: { event_id: 'evt_dead' },
  })
})

test('a value that no schema fits is shown as it is', async () => {
  await kafka.send(deadLetterTopic(topics.received, 'dedup'), 'k', Buffer.from('junk'))
  const { code, out } = await millrace(['tail', 'received.dlq.dedup', '--until-end'], env)
  expect(code).toBe(0)
  expect(jsonLines(out)[0]?.value).toEqual({ undecodable: { base64: Buffer.from('junk').toString('base64') } })
})

test('tail waits for what comes, and ends at Ctrl-C with exit code 0', async () => {
  const child = start(['tail', 'retry4s', '--from', 'beginning'], env)
  let out = ''
  child.stdout?.on('data', (chunk) => {
    out += chunk
  })
  const delivery = deliveryValue({ body: Buffer.from('{"n":12345678901234567890}') })
  await kafka.send(topics.retry4s, 'default/ep_1', delivery)
  await waitFor(() => out.endsWith('\n'), { what: 'a record that came later' })
  expect(out).toContain('{"n":12345678901234567890}')
  child.kill('SIGINT')
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
})

test('a reader that goes away ends tail without a complaint', async () => {
  const child = start(['tail', 'events', '--from', 'beginning'], env)
  let err = ''
  child.stderr?.on('data', (chunk) => {
    err += chunk
  })
  const ended = once(child, 'close')
  await once(child.stdout ?? child, 'data')
  child.stdout?.destroy()
  await kafka.send(topics.events, 'default/cnv_1', event('evt_4'))
  const [code] = await ended
  expect({ code, err }).toEqual({ code: 0, err: '' })
})

test('a topic that is not on the broker is one line that says what to do', async () => {
  const { code, err } = await millrace(['tail', 'events'], { ...env, KAFKA_PREFIX: 'nothing.' })
  expect(code).toBe(1)
  expect(err).toBe('millrace: webhooks.events.v1 is not on the broker: run millrace topics create\n')
})
