import type { Kafka } from '@millrace/kafka'
import { type Topic, topics } from '@millrace/schemas'

/** Ids of every 2xx, which the topic has to hold. */
export interface Acknowledged {
  add(ids: readonly string[]): void
  count(): number
  /** Reads the whole topic; answers how many of the ids are in no record of it. */
  missing(kafka: Kafka): Promise<number>
}

export function createAcknowledged(): Acknowledged {
  const all = new Set<string>()
  return {
    add(ids) {
      for (const id of ids) all.add(id)
    },
    count: () => all.size,
    async missing(kafka) {
      const missing = new Set(all)
      for await (const { headers } of kafka.read(topics.received as Topic<unknown>, { untilEnd: true })) {
        missing.delete(headers.get('x-webhook-id')?.toString() ?? '')
      }
      return missing.size
    },
  }
}
