import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import { DedupError } from './errors.ts'

export type RedisScript = (
  redis: Redis,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<unknown>

/** A Lua file beside this one; it is sent once and called by its hash from then on. */
export function redisScript(name: string): RedisScript {
  const text = readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8')
  const sha = createHash('sha1').update(text).digest('hex')
  return async (redis, keys, args) => {
    try {
      return await redis.evalsha(sha, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
      return redis.eval(text, keys.length, ...keys, ...args)
    }
  }
}

const PROGRAMMING_ERRORS = [TypeError, RangeError, SyntaxError, ReferenceError]

/**
 * Runs Redis calls; whatever ioredis rejects with means "not now".
 * @throws DedupError `MR_DEDUP_REDIS_UNAVAILABLE`; errors of this service and mistakes in our own code pass as they are
 */
export async function reaching<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof DedupError || PROGRAMMING_ERRORS.some((kind) => cause instanceof kind)) throw cause
    throw new DedupError('MR_DEDUP_REDIS_UNAVAILABLE', `Redis: ${(cause as Error).message}`, { cause })
  }
}
