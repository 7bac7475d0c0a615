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
