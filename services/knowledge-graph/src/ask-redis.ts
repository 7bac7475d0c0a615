import { KnowledgeError } from './errors.ts'

/**
 * Runs a Redis call; whatever ioredis rejects with (time-out, closed connection, a server that is loading or full) means "not now" to the
 * transforms, which keep the records and try again.
 * @throws KnowledgeError `MR_KNOWLEDGE_REDIS_UNAVAILABLE` (retryable). Mistakes in our own code pass as they are.
 */
export async function askRedis<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) throw error
    throw new KnowledgeError('MR_KNOWLEDGE_REDIS_UNAVAILABLE', `Redis cannot ${what}`, { cause: error })
  }
}
