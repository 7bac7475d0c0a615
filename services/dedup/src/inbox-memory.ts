import type { Redis } from 'ioredis'
import { reaching } from './redis-script.ts'

/** In which inboxes conversations are, by record key, as far as an event has said it: most events do not. */
export interface InboxMemory {
  recall(keys: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>
  learn(said: ReadonlyMap<string, readonly string[]>): Promise<void>
}

/** A conversation that was silent for so long is polled until an event says its inbox again. */
const KEPT_MS = 30 * 86_400_000
const keyOf = (key: string): string => `inboxes:${key}`

/** Kept in Redis, so that all replicas know the same. Both reject with `MR_DEDUP_REDIS_UNAVAILABLE` when Redis does not answer. */
export function createInboxMemory(redis: Redis): InboxMemory {
  return {
    recall: (keys) =>
      reaching(async () => {
        if (keys.length === 0) return new Map()
        const held = await redis.mget(keys.map(keyOf))
        return new Map(
          keys.flatMap((key, place) => {
            const ids = held[place]
            return ids === null || ids === undefined ? [] : [[key, ids.split(' ')] as const]
          }),
        )
      }),
    learn: (said) =>
      reaching(async () => {
        if (said.size === 0) return
        const pipeline = redis.pipeline()
        for (const [key, ids] of said) pipeline.set(keyOf(key), ids.join(' '), 'PX', KEPT_MS)
        for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error
      }),
  }
}
