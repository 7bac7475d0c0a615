import { randomBytes } from 'node:crypto'
import type { Topic } from '@millrace/schemas'
import { patient, waitFor } from '@millrace/test-support'
import kafkajs, { type Admin } from 'kafkajs'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { connectKafka, type Kafka, type KafkaOptions, type RawRecord } from '../../src/index.ts'
import { createRecordingLog, type RecordingLog } from './recording-log.ts'

/** The brokers that `@millrace/local/test-stack` names. */
export function sharedBrokers(): string[] {
  return (process.env.KAFKA_BROKERS ?? '').split(',')
}

export function randomName(): string {
  return `t${randomBytes(4).toString('hex')}.`
}

export interface TestKafka {
  readonly kafka: Kafka
  readonly log: RecordingLog
  readonly options: KafkaOptions
}

/** A client of its own for one test, closed at its end. Clients that share a `prefix` see the same topics. */
export function connectForTest(overrides: Partial<KafkaOptions> = {}): TestKafka {
  const log = createRecordingLog()
  const options: KafkaOptions = {
    brokers: sharedBrokers(),
    clientId: 'test',
    ...patient,
    prefix: randomName(),
    sessionTimeoutMs: 6_000,
    transactionTimeoutMs: 10_000,
    log,
    ...overrides,
  }
  const kafka = connectKafka(options)
  onTestFinished(() => kafka.close(1_000))
  return { kafka, log, options }
}

/** Has topics made before the tests of a file, and everything under the prefix removed after them. */
export function setUpTopics(
  prefix: string,
  topics: readonly Topic<Buffer>[],
  { brokers = sharedBrokers, replication = 1 }: { brokers?: () => readonly string[]; replication?: number } = {},
): void {
  beforeAll(async () => {
    const options = { brokers: brokers(), clientId: 'set-up', ...patient, prefix, log: createRecordingLog() }
    const kafka = connectKafka(options)
    await kafka.ensureTopics(topics as readonly Topic<unknown>[], { eventPartitions: 4, replication })
    await kafka.close()
  })
  afterAll(async () => {
    const admin = bareClient(brokers()).admin()
    await admin.connect()
    await removeTopics(admin, prefix)
    await admin.disconnect()
  })
}

export async function removeTopics(admin: Admin, prefix: string): Promise<void> {
  // It fails as a whole while any topic, another test's too, is only just being made.
  const all = await waitFor(() => admin.listTopics(), { what: 'the list of topics' })
  const own = all.filter((name) => name.startsWith(prefix))
  if (own.length > 0) await admin.deleteTopics({ topics: own })
}

/** Every committed record of a topic as it is now, by partition and offset. */
export async function readAll(kafka: Kafka, topic: Topic<Buffer>): Promise<RawRecord[]> {
  const records: RawRecord[] = []
  const signal = AbortSignal.timeout(60_000)
  for await (const record of kafka.read(topic as Topic<unknown>, { untilEnd: true, signal })) records.push(record)
  signal.throwIfAborted()
  return records.sort((a, b) => a.partition - b.partition || Number(a.offset - b.offset))
}

export async function readValues(kafka: Kafka, topic: Topic<Buffer>): Promise<string[]> {
  return (await readAll(kafka, topic)).map((record) => String(record.value))
}

/** How often each value occurs. */
export function counted(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

export function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index)
}

/** kafkajs without anything of ours around it. */
export function bareClient(brokers: readonly string[] = sharedBrokers()): kafkajs.Kafka {
  return new kafkajs.Kafka({ clientId: 'bare', brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })
}

export async function bareAdmin(brokers?: readonly string[]): Promise<Admin> {
  const admin = bareClient(brokers).admin()
  await admin.connect()
  onTestFinished(() => admin.disconnect())
  return admin
}
