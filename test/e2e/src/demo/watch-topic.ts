import type { Kafka, RawRecord } from '@millrace/kafka'
import type { Topic } from '@millrace/schemas'

export interface Seen<V> {
  readonly value: V
  readonly record: RawRecord
}

/** A topic from a moment on: what was in it before is passed over. */
export interface Watch<V> {
  /** The first record since the moment whose value fits. @throws Error that names the topic, when none comes in time. */
  first(fits: (value: V) => boolean, deadlineMs: number): Promise<Seen<V>>
}

/** Notes the topic's present end. */
export async function watchTopic<V>(kafka: Kafka, topic: Topic<V>): Promise<Watch<V>> {
  const ends = await kafka.ends(topic)
  return {
    first: async (fits, deadlineMs) => {
      const signal = AbortSignal.timeout(deadlineMs)
      for await (const record of kafka.read(topic as unknown as Topic<unknown>, { from: 'beginning', signal })) {
        if (record.offset < (ends.get(record.partition) ?? 0n)) continue
        const value = kafka.decode(topic, record)
        if (value !== null && fits(value)) return { value, record }
      }
      throw new Error(`nothing came to ${topic.name} within ${deadlineMs / 1000} s`)
    },
  }
}
