import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { connectKafka } from '@millrace/kafka'
import { root } from '@millrace/local'
import { exportSchemas, type Topic, topics, type WebhookEvent } from '@millrace/schemas'
import { openOwnEncryption } from '@millrace/service-kit'
import { newSecretKey } from '@millrace/signing'
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

test('the Python example reads encrypted events beside plain ones, and none whose key was destroyed', {
  timeout: 180_000,
}, async () => {
  const reader = await pythonReader()
  if (reader === null) return
  const sealed = await startEncrypted()
  await sealed.send(events.slice(0, 20))
  await sealed.plain.send(topics.events, 'default/plain', event(100))
  const values = await sealed.valuesInKafka()
  expect(values).toHaveLength(21)
  expect(values.filter((value) => value?.includes('grüße'))).toHaveLength(1)
  const found = await sealed.readWith('python1', reader)
  expect(ids(found)).toEqual(ids([...events.slice(0, 20), event(100)]))
  expect(found.find(({ event_id }) => event_id === 'evt_3')).toEqual(printed[3])

  await sealed.destroyKeyOf('default/cnv_1')
  const left = await sealed.readWith('python2', reader)
  const living = events.slice(0, 20).filter(({ conversation_id }) => conversation_id !== 'cnv_1')
  expect(ids(left)).toEqual(ids([...living, event(100)]))
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

const ids = (some: readonly { readonly event_id: string }[]) => some.map(({ event_id }) => event_id).sort()

/** An installation whose events are encrypted, with a client that writes them so and one that does not. */
async function startEncrypted() {
  const mine = `t${randomBytes(4).toString('hex')}.`
  const secretKeys = newSecretKey('examples')
  const connection = { brokers: brokers.split(','), clientId: 'examples-test', prefix: mine, log }
  const keys = openOwnEncryption(
    { redisUrl: process.env.REDIS_URL ?? '', redisPrefix: mine, secretKeys, encryption: true },
    () => plain,
    log,
  )
  const plain = connectKafka(connection)
  const encrypting = connectKafka({ ...connection, cipher: keys.encryption.cipher })
  onTestFinished(async () => {
    await Promise.all([encrypting.close(), plain.close()])
    await keys.close()
  })
  const wanted = [topics.events, topics.keys, topics.erasures] as unknown as readonly Topic<unknown>[]
  await plain.ensureTopics(wanted, { eventPartitions: 4, replication: 1 })
  return {
    plain,
    async send(some: readonly WebhookEvent[]) {
      for (const one of some) await encrypting.send(topics.events, `default/${one.conversation_id}`, one)
    },
    async valuesInKafka() {
      const values: (Buffer | null)[] = []
      for await (const { value } of plain.read(topics.events as unknown as Topic<unknown>, { untilEnd: true }))
        values.push(value)
      return values
    },
    async destroyKeyOf(subject: string) {
      for await (const { key } of plain.read(topics.keys as unknown as Topic<unknown>, { untilEnd: true }))
        if (key?.startsWith(`${subject}/`)) await plain.send(topics.keys, key, null)
    },
    readWith: (name: string, reader: ExampleReader) =>
      reader({
        ...{ BROKERS: brokers, TOPIC: mine + topics.events.name, GROUP: mine + name, SCHEMAS_DIR: schemasDir },
        ...{ MILLRACE_SECRET_KEYS: secretKeys, KEYS_TOPIC: mine + topics.keys.name },
      }),
  }
}

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
