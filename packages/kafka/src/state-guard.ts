import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { unlessAborted } from './backoff.ts'
import { KafkaError } from './errors.ts'
import { reachingRedis } from './reaching-redis.ts'

/** A partition whose watermark is kept: its number, or `topic-number` where the state is folded from several topics. */
export type Watched = number | string

export interface StateGuardOptions {
  readonly redis: Redis
  /** Put before the guard's key. */
  readonly prefix: string
  /** Reads the state back from the compacted topics, with every owner fenced. */
  readonly rebuild: () => Promise<void>
  /** Whether the compacted topics never held a record: then there is nothing to read back, and nobody to fence. */
  readonly isEmpty: () => Promise<boolean>
  /** The committed offset of each partition. */
  readonly committed: () => Promise<ReadonlyMap<Watched, bigint>>
  readonly onRebuildFailed: (error: unknown) => void
}

/** Tells whether Redis still has the state that the committed offsets stand on, and has it rebuilt when not. */
export interface StateGuard {
  /**
   * Name of the filling of Redis that has everything below `committed`, the offset from which `partition` is read.
   * @throws KafkaError `MR_KAFKA_STATE_REBUILDING` (retryable) when Redis was emptied or lost its last writes, once the rebuild has ended or
   *   `signal` aborts
   */
  check(partition: Watched, committed: bigint, signal: AbortSignal): Promise<string>
  /**
   * Notes, before the transaction, that the state holds everything of `partition` below `next`.
   * @throws KafkaError `MR_KAFKA_STATE_REBUILDING` (retryable) when `filling` is not the one in Redis any more: what was written may be lost with it
   */
  advance(partition: Watched, next: bigint, filling: string): Promise<void>
  isRebuilding(): boolean
  /** Resolves when no rebuild runs. */
  idle(): Promise<void>
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
// Without the rebuild's own token Redis was emptied while it ran.
const MARK_COMPLETE = `${RAISE}
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'complete', ARGV[2])
for i = 3, #ARGV, 2 do raise(ARGV[i], ARGV[i + 1]) end
return 1`

/**
 * One hash: `complete`, the name of the filling, a watermark for each partition, and a token for each rebuild under way. No `complete`: Redis was
 * emptied. A watermark below the committed offset: it failed over to a replica without the last writes (they are lost in order, and the watermark
 * is written after the state).
 */
export function createStateGuard(options: StateGuardOptions): StateGuard {
  const { redis, rebuild, isEmpty } = options
  const key = `${options.prefix}guard`
  let starting: Promise<boolean> | undefined
  let rebuilding: Promise<void> | undefined

  const fillingFor = async (partition: Watched, committed: bigint): Promise<string | undefined> => {
    const [complete, watermark] = await reachingRedis('tell whether it has the state', () =>
      redis.hmget(key, 'complete', String(partition)),
    )
    const isBehind = typeof watermark === 'string' && BigInt(watermark) < committed
    // A rebuild that began meanwhile is waited for, too.
    return typeof complete !== 'string' || isBehind || rebuilding !== undefined ? undefined : complete
  }

  /** Fills Redis; `fill` answers the offsets up to which it then is complete. */
  const filling = async (fill: () => Promise<ReadonlyMap<Watched, bigint>>) => {
    const token = `filling:${randomUUID()}`
    await reachingRedis('note that it is being filled', () => redis.hset(key, token, '1'))
    const watermarks = [...(await fill())].flatMap(([partition, next]) => [String(partition), String(next)])
    const isMarked = await reachingRedis('note that the state is complete', () =>
      redis.eval(MARK_COMPLETE, 1, key, token, randomUUID(), ...watermarks),
    )
    if (isMarked !== 1) throw new Error('Redis was emptied while the state was read back')
  }

  /** True when there was nothing to fill Redis with. */
  const startEmpty = async () => {
    // Asked before: what is committed after it may have been published after `isEmpty` was answered.
    const watermarks = await options.committed()
    if (!(await isEmpty())) return false
    await filling(async () => watermarks)
    return true
  }

  const startedEmpty = () => {
    starting ??= startEmpty().finally(() => {
      starting = undefined
    })
    return starting
  }

  const rebuilt = () => {
    rebuilding ??= filling(() => rebuild().then(options.committed))
      .catch(options.onRebuildFailed)
      .finally(() => {
        rebuilding = undefined
      })
    return rebuilding
  }

  return {
    async check(partition, committed, signal) {
      const found = await fillingFor(partition, committed)
      if (found !== undefined) return found
      const first = rebuilding === undefined && (await startedEmpty()) && (await fillingFor(partition, committed))
      if (first) return first
      await unlessAborted(rebuilt(), signal)
      throw rebuildingError('the state was missing in Redis and is read back from its topics')
    },
    async advance(partition, next, filling) {
      const isNoted = await reachingRedis('note how far the state is', () =>
        redis.eval(ADVANCE, 1, key, filling, String(partition), String(next)),
      )
      if (isNoted !== 1) throw rebuildingError('the state in Redis was replaced')
    },
    isRebuilding: () => rebuilding !== undefined,
    idle: async () => rebuilding,
  }
}

export function rebuildingError(message: string): KafkaError {
  return new KafkaError('MR_KAFKA_STATE_REBUILDING', message)
}
