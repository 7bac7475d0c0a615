import type { Redis } from 'ioredis'
import { reachingRedis } from './reaching-redis.ts'

/**
 * Tells whether Redis still holds the state that the committed offsets stand on. One hash: `complete`, and a watermark for each partition.
 * No `complete`: Redis was emptied. A watermark below the committed offset: it failed over to a replica without the last writes (they are lost
 * in order, and the watermark is written after the state).
 */
export interface StateGuard {
  isComplete(partition: number, committed: bigint): Promise<boolean>
  /** Notes, before the transaction, that the state holds everything of `partition` below `next`. */
  advance(partition: number, next: bigint): Promise<void>
  /** The state is whole again; watermarks start anew. */
  markComplete(): Promise<void>
}

// Watermarks only rise: an owner that was stalled may come late.
const ADVANCE = `
local current = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '-1')
if current < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 0`

export function createStateGuard(redis: Redis, prefix: string): StateGuard {
  const key = `${prefix}guard`
  return {
    isComplete: (partition, committed) =>
      reachingRedis(async () => {
        const [complete, watermark] = await redis.hmget(key, 'complete', String(partition))
        const isBehind = typeof watermark === 'string' && BigInt(watermark) < committed
        return typeof complete === 'string' && !isBehind
      }),
    advance: (partition, next) =>
      reachingRedis(async () => {
        await redis.eval(ADVANCE, 1, key, String(partition), String(next))
      }),
    markComplete: () =>
      reachingRedis(async () => {
        await redis.multi().del(key).hset(key, 'complete', '1').exec()
      }),
  }
}
