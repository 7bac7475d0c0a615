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
  /** Requests whose events were stored. */
  let stored = 0

  const attempt = async <T>(store: () => Promise<T>): Promise<T> => {
    const before = stored
    try {
      const places = await store()
      stored++
      isAway = false
      return places
    } catch (error) {
      if (isUnanswered(error) && stored === before) isAway = true
      throw error
    }
  }

  const tryAgain = async <T>(store: () => Promise<T>): Promise<T> => {
    if (isTried) throw new KafkaError('MR_KAFKA_UNAVAILABLE', 'no broker has answered lately; nothing was sent')
    isTried = true
    try {
      return await attempt(store)
    } finally {
      isTried = false
    }
  }

  return {
    around: (store) => (isAway ? tryAgain(store) : attempt(store)),
  }
}

function isUnanswered(error: unknown): boolean {
  // A data key that nobody has yet is in Kafka before anything is encrypted with it.
  return error instanceof KafkaError && (error.code === 'MR_KAFKA_UNAVAILABLE' || error.code === 'MR_KAFKA_KEY_PENDING')
}
