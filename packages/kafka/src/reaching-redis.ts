import { transient } from './errors.ts'

/**
 * Runs a Redis call; whatever ioredis rejects with (a time-out, a closed connection, a server that is loading or full) means "not now".
 * @throws KafkaError `MR_KAFKA_TRANSIENT`; mistakes in our own code pass as they are
 */
export async function reachingRedis<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) throw error
    throw transient(`Redis: ${(error as Error).message}`, { cause: error })
  }
}
