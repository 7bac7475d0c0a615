import type { Redis } from 'ioredis'
import { askRedis } from './ask-redis.ts'
import { KnowledgeError } from './errors.ts'

export interface StateGuardOptions {
  readonly redis: Redis
  /** Put before the guard's key. */
  readonly prefix: string
  /** Reads the state back from the compacted topics, with every owner fenced. */
  readonly rebuild: () => Promise<void>
  /** Whether the compacted topics hold no record at all. */
  readonly isGraphEmpty: () => Promise<boolean>
  readonly onRebuildFailed: (error: unknown) => void
}

/** Tells whether Redis still has the state that the committed offsets stand on, and has it rebuilt when not. */
export interface StateGuard {
  /** Marks the state of an installation that has no graph yet as complete, so that its first start needs no rebuild. */
  prepare(): Promise<void>
  /**
   * Passes when the state is complete up to `committed`, the offset from which `partition` is read.
   * @throws KnowledgeError `MR_KNOWLEDGE_STATE_REBUILDING` (retryable) when Redis was emptied or lost its last writes; a rebuild runs then.
   */
  check(partition: number, committed: bigint): Promise<void>
  /** Notes, before the transaction, that the state holds everything of `partition` below `next`. */
  advance(partition: number, next: bigint): Promise<void>
  isRebuilding(): boolean
}

// Watermarks only rise: an owner that was stalled may come late.
const ADVANCE = `
local current = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '-1')
if current < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 0`

/**
 * One hash: `complete`, and a watermark for each partition. No `complete`: Redis was emptied. A watermark below the committed offset: it failed
 * over to a replica without the last writes (they are lost in order, and the watermark is written after the state).
 */
export function createStateGuard(options: StateGuardOptions): StateGuard {
  const { redis, rebuild, isGraphEmpty, onRebuildFailed } = options
  const key = `${options.prefix}guard`
  let rebuilding: Promise<void> | undefined

  const markComplete = () =>
    askRedis('mark the graph state as complete', async () => {
      await redis.multi().del(key).hset(key, 'complete', '1').exec()
    })

  const startRebuild = () => {
    rebuilding ??= rebuild()
      .then(markComplete)
      .catch(onRebuildFailed)
      .finally(() => {
        rebuilding = undefined
      })
  }

  return {
    async prepare() {
      const complete = await askRedis('tell whether it has the graph state', () => redis.hget(key, 'complete'))
      if (complete === null && (await isGraphEmpty())) await markComplete()
    },
    async check(partition, committed) {
      const [complete, watermark] = await askRedis('tell whether it has the graph state', () =>
        redis.hmget(key, 'complete', String(partition)),
      )
      const isBehind = typeof watermark === 'string' && BigInt(watermark) < committed
      if (complete !== null && !isBehind && rebuilding === undefined) return
      startRebuild()
      throw new KnowledgeError('MR_KNOWLEDGE_STATE_REBUILDING', 'The graph state is being read back from its topics')
    },
    async advance(partition, next) {
      await askRedis('note how far the graph state is', () =>
        redis.eval(ADVANCE, 1, key, String(partition), String(next)),
      )
    },
    isRebuilding: () => rebuilding !== undefined,
  }
}
