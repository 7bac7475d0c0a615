import type { Kafka, RawRecord } from '@millrace/kafka'
import type { Topic } from '@millrace/schemas'
import { deadline } from './deadline.ts'
import { OperationsError } from './errors.ts'

/** Between two records of a topic that is read to its end; joining a group is in it. */
const STALL_MS = 15_000
const LEAVE_WITHIN_MS = 2_000

/** Topics that were there: each look asks brokers for all that they know of them, one look after the other. */
const found = new WeakMap<Kafka, Set<string>>()

/** Asks once for each. @throws OperationsError `MR_OPERATIONS_TOPIC_MISSING` */
export async function requireTopic(kafka: Kafka, topic: Topic<unknown>): Promise<void> {
  const known = found.get(kafka) ?? new Set<string>()
  if (known.has(topic.name)) return
  try {
    await kafka.ends(topic)
    found.set(kafka, known.add(topic.name))
  } catch (error) {
    if ((error as { type?: unknown }).type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
    const text = `${topic.name} is not on the broker: run millrace topics create`
    throw new OperationsError('MR_OPERATIONS_TOPIC_MISSING', text)
  }
}

/**
 * The records of a topic up to the end that it has now.
 * @param since epoch milliseconds; only what was written then or later
 * @throws OperationsError `MR_OPERATIONS_KAFKA_AWAY` when nothing comes for 15 s
 */
export async function* readToEnd(
  kafka: Kafka,
  topic: Topic<unknown>,
  signal?: AbortSignal,
  since?: number,
): AsyncGenerator<RawRecord> {
  const records = kafka.read(topic, {
    untilEnd: true,
    ...(since === undefined ? {} : { from: since }),
    ...(signal === undefined ? {} : { signal }),
  })
  const iterator = records[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await deadline(iterator.next(), STALL_MS)
      if (next.done) return
      yield next.value
    }
  } finally {
    await deadline(Promise.resolve(iterator.return?.()), LEAVE_WITHIN_MS).catch(() => {})
  }
}

/** A compacted topic as a map by record key. */
export async function readTable<V>(kafka: Kafka, topic: Topic<V>): Promise<Map<string, V>> {
  await requireTopic(kafka, topic as Topic<unknown>)
  const found = new Map<string, V>()
  for await (const record of readToEnd(kafka, topic as Topic<unknown>)) {
    const value = kafka.decode(topic, record)
    if (record.key === null) continue
    if (value === null) found.delete(record.key)
    else found.set(record.key, value)
  }
  return found
}
