import { KafkaError } from './errors.ts'

/**
 * Runs a Redis call; whatever ioredis rejects with (a time-out, a closed connection, a server that is loading or full) means "not now" to verbs,
 * which keep the records and try again. `what` completes "Redis cannot …".
 * @throws KafkaError `MR_KAFKA_REDIS_UNAVAILABLE` (retryable); mistakes in our own code, and KafkaErrors, pass as they are
 */
export async function reachingRedis<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) throw error
    // It says by itself whether it passes: a key that is lost does not.
    if (error instanceof KafkaError) throw error
    throw new KafkaError('MR_KAFKA_REDIS_UNAVAILABLE', `Redis cannot ${what}: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
