import type { Kafka } from '@millrace/kafka'
import { type Delivery, type Topic, topics } from '@millrace/schemas'

/** Whether anything was ever written to a topic. */
export async function hasAny(kafka: Pick<Kafka, 'ends'>, topic: Topic<unknown>): Promise<boolean> {
  return [...(await kafka.ends(topic)).values()].some((end) => end > 0n)
}

/** The deliveries that ended since a time (epoch milliseconds), from their attempts. */
export async function* endedIn(
  kafka: Pick<Kafka, 'read' | 'decode'>,
  since: number,
): AsyncIterable<Pick<Delivery, 'tenant' | 'delivery_id'>> {
  for await (const record of kafka.read(topics.attempts, { untilEnd: true })) {
    if (record.timestamp < since) continue
    const attempt = kafka.decode(topics.attempts, record)
    if (attempt !== null && (attempt.outcome === 'succeeded' || attempt.outcome === 'failed')) yield attempt
  }
}
