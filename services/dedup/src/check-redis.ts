import type { Log } from '@millrace/kafka'
import type { Redis } from 'ioredis'
import { DedupError } from './errors.ts'

/**
 * Claims must not be evicted. Resolves when Redis keeps every key, or does not say (managed Redis forbids CONFIG; a warning then).
 * @throws DedupError `MR_DEDUP_REDIS_EVICTS`
 */
export async function checkRedisKeepsKeys(redis: Redis, log: Log): Promise<void> {
  let policy: string | undefined
  try {
    const answer = (await redis.config('GET', 'maxmemory-policy')) as unknown as string[] | Record<string, string>
    policy = Array.isArray(answer) ? answer[1] : answer['maxmemory-policy']
  } catch (error) {
    if (!/unknown command|NOPERM|not allowed/i.test((error as Error).message)) throw error
    log.warn({}, 'Redis does not tell its maxmemory-policy; make sure that it is noeviction')
    return
  }
  if (policy !== undefined && policy !== 'noeviction') {
    throw new DedupError('MR_DEDUP_REDIS_EVICTS', `Redis has maxmemory-policy ${policy}; claims need noeviction`)
  }
}
