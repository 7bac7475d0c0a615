import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'

export type RedisScript = (
  redis: Pick<Redis, 'evalsha' | 'eval'>,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<unknown>

/** A Lua file, or its text; it is sent once and called by its hash from then on. @throws as ioredis does, and as reading the file does */
export function redisScript(source: URL | string): RedisScript {
  const text = typeof source === 'string' ? source : readFileSync(source, 'utf8')
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
