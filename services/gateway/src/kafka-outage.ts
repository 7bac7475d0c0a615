import { KafkaError } from '@millrace/kafka'

/** Spares senders the wait for a Kafka that is known to be away. */
export interface KafkaOutage {
  /**
   * Stores what one request brought.
   * @throws KafkaError what `store` throws, or at once `MR_KAFKA_UNAVAILABLE` while Kafka is away and another request is trying it
   */
  around<T>(store: () => Promise<T>): Promise<T>
}

/**
 * Kafka is away once a request was refused for want of an answer, and nothing of any other was stored while it waited: of several brokers one that
 * is gone stops nobody else. From then on one request at a time goes on to it, and the others are refused at once, until one is stored.
 */
export function createKafkaOutage(): KafkaOutage {
  let isAway = false
  let isTried = false
  /** `performance.now()` */
  let lastStoredAt = 0

  const attempt = async <T>(store: () => Promise<T>): Promise<T> => {
    const since = performance.now()
    try {
      const stored = await store()
      lastStoredAt = performance.now()
      isAway = false
      return stored
    } catch (error) {
      if (isUnanswered(error) && lastStoredAt < since) isAway = true
      throw error
    }
  }

  return {
    async around(store) {
      if (!isAway) return attempt(store)
      if (isTried) throw new KafkaError('MR_KAFKA_UNAVAILABLE', 'no broker has answered lately; nothing was sent')
      isTried = true
      try {
        return await attempt(store)
      } finally {
        isTried = false
      }
    },
  }
}

function isUnanswered(error: unknown): boolean {
  return error instanceof KafkaError && error.code === 'MR_KAFKA_UNAVAILABLE'
}
