import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { connectKafka } from '@millrace/kafka'
import { root } from '@millrace/local'
import { exportSchemas, topics, type WebhookEvent } from '@millrace/schemas'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { samples, summaryOf, wanted } from '../test/support/front-samples.ts'
import { startTestSystem } from '../test/support/test-system.ts'
import { type ExampleReader, javaReader, type PrintedEvent, pythonReader } from './example-readers.ts'

const prefix = `t${randomBytes(4).toString('hex')}.`
const schemasDir = join(root, '.local', `${prefix}schemas`)
const brokers = process.env.KAFKA_BROKERS ?? ''
const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const kafka = connectKafka({ brokers: brokers.split(','), clientId: 'examples-test', prefix, log })

const event = (n: number): WebhookEvent => ({
  event_id: `evt_${n}`,
  identity: 'provider',
  tenant: 'default',
  account: 'default',
  provider: 'front',
  source: 'front-support',
  origin: 'webhook',
  type: 'message.received',
  priority: 'high',
  provider_type: 'inbound_received',
  completeness: 'full',
  occurred_at: 1_764_547_200_123 + n,
  received_at: 1_764_547_201_000 + n,
  webhook_id: `webhook-${n}`,
  conversation_id: `cnv_${n % 3}`,
  contact_id: null,
  client_id: n % 2 ? 'client' : null,
  received_position: `received-0-${n}`,
  reply_to: null,
  content_type: 'application/json',
  payload: Buffer.from(`{"n":  ${n}, "text": "grüße 🌊"}`),
})
const events = Array.from({ length: 30 }, (_, n) => event(n))
const printed = events.map((one) => ({ ...one, payload: one.payload.toString() }))

beforeAll(async () => {
  await exportSchemas(schemasDir)
  await kafka.ensureTopics([topics.events], { eventPartitions: 4, replication: 1 })
  for (const one of events) await kafka.send(topics.events, `default/${one.conversation_id}`, one)
})

afterAll(async () => {
  await kafka.close()
  rmSync(schemasDir, { recursive: true, force: true })
})

test('the Python example reads every event as it was sent', { timeout: 180_000 }, async () => {
  const reader = await pythonReader()
  if (reader !== null) expectAll(await readWith('python', reader))
})

test('the Java example reads every event as it was sent', { timeout: 180_000 }, async () => {
  const reader = await javaReader()
  if (reader !== null) expectAll(await readWith('java', reader))
})

test('the Python example reads every sample of Front, posted to the gateway, as what it has to become', {
  timeout: 180_000,
}, async () => {
  const reader = await pythonReader()
  if (reader === null) return
  const system = await startTestSystem(['gateway', 'dedup'])
  onTestFinished(() => system.stop())
  for (const { body, scheme } of samples) await system.postFront(body, scheme)
  await system.topics.wait(topics.events, () => true, { count: samples.length })
  const found = await readWith(`${system.prefix}python`, reader, system.prefix)
  expect(found).toHaveLength(samples.length)
  for (const sample of samples) {
    const mine = found.filter(({ payload }) => Buffer.from(payload).equals(sample.body))
    expect(mine.map(summaryOf)).toEqual([summaryOf(wanted(sample))])
  }
})

function readWith(name: string, reader: ExampleReader, ofSystem = prefix): Promise<PrintedEvent[]> {
  return reader({
    BROKERS: brokers,
    TOPIC: ofSystem + topics.events.name,
    GROUP: `${prefix}${name}`,
    SCHEMAS_DIR: schemasDir,
  })
}

function expectAll(found: readonly PrintedEvent[]): void {
  const number = (one: PrintedEvent) => Number(one.event_id.slice('evt_'.length))
  expect(found.toSorted((a, b) => number(a) - number(b))).toEqual(printed)
  for (const key of ['cnv_0', 'cnv_1', 'cnv_2']) {
    const numbers = found.filter((one) => one.conversation_id === key).map(number)
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  }
}
