import type { Redis } from 'ioredis'

export interface SharedCountsOptions {
  readonly redis: Pick<Redis, 'pipeline' | 'status'>
  /** Epoch milliseconds. */
  readonly now?: () => number
  /** Keys of strangers counted at once; beyond it the oldest of them are forgotten here (Redis still has them). Default 50 000. */
  readonly maxKeys?: number
}

/** Counts within the present window, over all processes that share the Redis. */
export interface SharedCounts {
  /**
   * Adds one; answers at once with the count so far and the milliseconds left in the window.
   * @param isStranger whether anybody can make such keys, so that there may be any number of them
   */
  add(key: string, windowMs: number, isStranger?: boolean): { readonly current: number; readonly ttl: number }
  /** Resolves when what was counted so far has been told to Redis, or could not be. For tests. */
  settled(): Promise<void>
}

interface Count {
  /** By this process. */
  own: number
  /** Of `own`, what Redis was told. */
  told: number
  /** By other processes, as of the last answer. */
  others: number
}

interface Window {
  readonly number: number
  readonly endsAt: number
  readonly counts: Map<string, Count>
  /** Keys of strangers, the oldest first. */
  readonly strangers: Set<string>
  /** Keys with counts that Redis has not been told. */
  readonly untold: Set<string>
}

const MAX_TOLD_AT_ONCE = 1_000
/** Half a second of others' requests is little beside a minute's limit, and telling costs as much as a request does. */
const PAUSE_MS = 500
const PAUSE_AFTER_FAILURE_MS = 1_000

/**
 * Each process counts for itself and tells Redis beside the request's way, all that came in while the last telling was under way at once: no
 * request waits for Redis. While Redis is away each process goes on with its own count, so a limit is then neither open nor closed. Windows lie
 * fixed in time, so that all processes mean the same one.
 */
export function createSharedCounts(options: SharedCountsOptions): SharedCounts {
  const { redis, now = Date.now, maxKeys = 50_000 } = options
  const windows = new Map<number, Window>()
  let telling: Promise<void> | undefined

  const windowOf = (windowMs: number, at: number): Window => {
    const number = Math.floor(at / windowMs)
    const known = windows.get(windowMs)
    if (known?.number === number) return known
    const fresh: Window = {
      number,
      endsAt: (number + 1) * windowMs,
      counts: new Map(),
      strangers: new Set(),
      untold: new Set(),
    }
    windows.set(windowMs, fresh)
    return fresh
  }

  const tellOnce = async ({ number, counts, untold }: Window, windowMs: number) => {
    const told: [Count, number][] = []
    const pipeline = redis.pipeline()
    for (const key of untold) {
      if (told.length === MAX_TOLD_AT_ONCE) break
      untold.delete(key)
      const count = counts.get(key)
      if (count === undefined) continue
      const name = `limit:${key}:${number}`
      pipeline.incrby(name, count.own - count.told)
      pipeline.pexpire(name, windowMs * 2)
      // Counts as told even when the answer is lost: told twice, the limit would be stricter than it says.
      count.told = count.own
      told.push([count, count.told])
    }
    const results = (await pipeline.exec()) ?? []
    for (const [place, [count, own]] of told.entries()) {
      const total = Number(results[place * 2]?.[1])
      if (Number.isFinite(total)) count.others = Math.max(0, total - own)
    }
  }

  const addStranger = ({ counts, strangers }: Window, key: string) => {
    const oldest = strangers.size >= maxKeys ? strangers.values().next().value : undefined
    if (oldest !== undefined) {
      strangers.delete(oldest)
      counts.delete(oldest)
    }
    strangers.add(key)
  }

  const hasUntold = () => [...windows.values()].some(({ untold }) => untold.size > 0)

  const tell = async () => {
    while (hasUntold()) {
      let isDone = redis.status === 'ready'
      try {
        if (isDone)
          for (const [windowMs, window] of windows) if (window.untold.size > 0) await tellOnce(window, windowMs)
      } catch {
        isDone = false
      }
      await new Promise((resolve) => setTimeout(resolve, isDone ? PAUSE_MS : PAUSE_AFTER_FAILURE_MS).unref())
      if (!isDone) break
    }
  }

  return {
    add(key, windowMs, isStranger = false) {
      const at = now()
      const window = windowOf(windowMs, at)
      const count = window.counts.get(key) ?? { own: 0, told: 0, others: 0 }
      count.own++
      if (!window.counts.has(key)) {
        if (isStranger) addStranger(window, key)
        window.counts.set(key, count)
      }
      window.untold.add(key)
      telling ??= tell().finally(() => {
        telling = undefined
      })
      return { current: count.own + count.others, ttl: Math.max(1, window.endsAt - at) }
    },
    settled: async () => telling,
  }
}
