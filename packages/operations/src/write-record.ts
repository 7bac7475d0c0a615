import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka } from '@millrace/kafka'
import type { Topic } from '@millrace/schemas'
import { requireTopic } from './read-records.ts'

const WRITE_WITHIN_MS = 8_000
const PAUSE_MS = 250

/**
 * Writes the record of a key in a compacted topic, or removes it with null. Written twice it is the same, so a write whose answer was lost is
 * repeated. @throws OperationsError `MR_OPERATIONS_TOPIC_MISSING`
 */
export async function writeRecord<V>(kafka: Kafka, topic: Topic<V>, key: string, value: V | null): Promise<void> {
  await requireTopic(kafka, topic as Topic<unknown>)
  await write(kafka, topic, key, value)
}

/** So many at the same time: each waits for all in-sync replicas, and Kafka refuses more than it can write in time. */
const AT_ONCE = 100

/** The same for many keys of one topic. */
export async function writeRecords<V>(
  kafka: Kafka,
  topic: Topic<V>,
  records: readonly (readonly [key: string, value: V | null])[],
): Promise<void> {
  if (records.length > 0) await requireTopic(kafka, topic as Topic<unknown>)
  for (let start = 0; start < records.length; start += AT_ONCE)
    await Promise.all(records.slice(start, start + AT_ONCE).map(([key, value]) => write(kafka, topic, key, value)))
}

async function write<V>(kafka: Kafka, topic: Topic<V>, key: string, value: V | null): Promise<void> {
  const end = Date.now() + WRITE_WITHIN_MS
  for (;;) {
    try {
      await kafka.send(topic, key, value)
      return
    } catch (error) {
      if ((error as { retryable?: unknown }).retryable !== true || Date.now() > end) throw error
      await sleep(PAUSE_MS)
    }
  }
}
