import { reachingRedis } from '@millrace/kafka'
import { redisScript } from '@millrace/service-kit'
import type { Redis } from 'ioredis'

/** What a time is known from: the newest time in a snapshot, or an event. */
export type KnownFrom = 'snapshots' | 'events'

export interface KnownTime {
  readonly snapshotAt: number | null
  readonly eventAt: number | null
}

/**
 * Up to when each conversation of an account is known, in Redis: all replicas fill it from the topics, whoever polls the account compares with it.
 * May be lost: `since` then says from when on it is complete. Every method rejects with `MR_KAFKA_REDIS_UNAVAILABLE` while Redis is away.
 */
export interface KnownTimes {
  /** `at`: epoch milliseconds by the provider's clock. Older ones than the time that is kept are passed over. */
  note(from: KnownFrom, account: string, conversationId: string, at: number): Promise<void>
  /** In the order of the ids. */
  of(account: string, conversationIds: readonly string[]): Promise<KnownTime[]>
  /** Since when everything is noted, epoch milliseconds. Begins with the first call after a loss. */
  since(account: string): Promise<number>
  /** Lets go of what is older than anybody compares with. */
  trim(account: string): Promise<void>
}

/** A day more than topics keep what a reader may have missed. */
const KEPT_MS = 8 * 86_400_000
/** About 90 bytes each. */
const MAX_CONVERSATIONS = 1_000_000

const noteTimes = redisScript(new URL('./note-times.lua', import.meta.url))

export function createKnownTimes(redis: Redis, now: () => number = Date.now): KnownTimes {
  const keyOf = (from: KnownFrom, account: string) => `poller:known:${from}:${account}`
  const sinceKey = (account: string) => `poller:known:since:${account}`
  return {
    async note(from, account, conversationId, at) {
      if (at < now() - KEPT_MS) return
      await reachingRedis('note what is known', () =>
        noteTimes(redis, [keyOf(from, account)], [KEPT_MS, at, conversationId]),
      )
    },
    of: (account, conversationIds) =>
      reachingRedis('tell what is known', async () => {
        const pipeline = redis.pipeline()
        for (const id of conversationIds) {
          pipeline.zscore(keyOf('snapshots', account), id)
          pipeline.zscore(keyOf('events', account), id)
        }
        const scores = (await pipeline.exec()) ?? []
        const timeAt = (place: number): number | null => {
          const [error, score] = scores[place] ?? [new Error('no answer'), null]
          if (error) throw error
          return typeof score === 'string' ? Number(score) : null
        }
        return conversationIds.map((_, place) => ({ snapshotAt: timeAt(place * 2), eventAt: timeAt(place * 2 + 1) }))
      }),
    since: (account) =>
      reachingRedis('tell since when it knows', async () => {
        await redis.set(sinceKey(account), now(), 'PX', KEPT_MS, 'NX')
        const since = Number(await redis.get(sinceKey(account)))
        await redis.pexpire(sinceKey(account), KEPT_MS)
        return Math.max(since, now() - KEPT_MS)
      }),
    trim: (account) =>
      reachingRedis('forget old times', async () => {
        for (const from of ['snapshots', 'events'] as const) {
          await redis.zremrangebyscore(keyOf(from, account), '-inf', now() - KEPT_MS)
          await redis.zremrangebyrank(keyOf(from, account), 0, -(MAX_CONVERSATIONS + 1))
        }
      }),
  }
}
