import type { Kafka } from '@millrace/kafka'
import { type Attempt, type Topic, topics } from '@millrace/schemas'

/** Whether anything was ever written to a topic. */
export async function hasAny(kafka: Pick<Kafka, 'ends'>, topic: Topic<unknown>): Promise<boolean> {
  return [...(await kafka.ends(topic)).values()].some((end) => end > 0n)
}

/** The attempts since a time (epoch milliseconds); those of one delivery in their order. */
export async function* attemptsSince(kafka: Pick<Kafka, 'read' | 'decode'>, since: number): AsyncIterable<Attempt> {
  for await (const record of kafka.read(topics.attempts, { untilEnd: true })) {
    if (record.timestamp < since) continue
    const attempt = kafka.decode(topics.attempts, record)
    if (attempt !== null) yield attempt
  }
}
