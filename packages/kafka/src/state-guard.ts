import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { reachingRedis } from './reaching-redis.ts'

/**
 * Tells whether Redis still holds the state that the committed offsets stand on. One hash: `complete`, the name of the filling, and a watermark
 * for each partition. No `complete`: Redis was emptied. A watermark below the committed offset: it failed over to a replica without the last
 * writes (they are lost in order, and the watermark is written after the state).
 */
export interface StateGuard {
  /** Name of the filling when it holds what `committed` stands on, else undefined. */
  fillingFor(partition: number, committed: bigint): Promise<string | undefined>
  /**
   * Notes, before the transaction, that the state holds everything of `partition` below `next`. False when `filling` is not the one in Redis any
   * more: what was written may be lost with it.
   */
  advance(partition: number, next: bigint, filling: string): Promise<boolean>
  /** The state is whole again, up to the given offsets at least. */
  markComplete(watermarks: ReadonlyMap<number, bigint>): Promise<void>
}

// Watermarks only rise: an owner that was stalled may come late, and a rebuild knows only what was committed.
const RAISE = `
local function raise(partition, next)
  local current = tonumber(redis.call('HGET', KEYS[1], partition) or '-1')
  if current < tonumber(next) then redis.call('HSET', KEYS[1], partition, next) end
end`
const ADVANCE = `${RAISE}
if redis.call('HGET', KEYS[1], 'complete') ~= ARGV[1] then return 0 end
raise(ARGV[2], ARGV[3])
return 1`
const MARK_COMPLETE = `${RAISE}
redis.call('HSET', KEYS[1], 'complete', ARGV[1])
for i = 2, #ARGV, 2 do raise(ARGV[i], ARGV[i + 1]) end
return 1`

export function createStateGuard(redis: Redis, prefix: string): StateGuard {
  const key = `${prefix}guard`
  return {
    fillingFor: (partition, committed) =>
      reachingRedis(async () => {
        const [complete, watermark] = await redis.hmget(key, 'complete', String(partition))
        if (typeof complete !== 'string') return undefined
        return typeof watermark === 'string' && BigInt(watermark) < committed ? undefined : complete
      }),
    advance: (partition, next, filling) =>
      reachingRedis(async () => (await redis.eval(ADVANCE, 1, key, filling, String(partition), String(next))) === 1),
    markComplete: (watermarks) =>
      reachingRedis(async () => {
        const offsets = [...watermarks].flatMap(([partition, next]) => [String(partition), String(next)])
        await redis.eval(MARK_COMPLETE, 1, key, randomUUID(), ...offsets)
      }),
  }
}
