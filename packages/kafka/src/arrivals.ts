import type { ReachKeys } from './reach-keys.ts'

/** What comes of one partition, in order; behind what waits for its keys everything waits. */
export interface Arrivals {
  /** Calls `take` at once when nothing waits and there is nothing to wait for. */
  arrive(take: () => void, keys?: () => Promise<void> | undefined): void
  /** How many wait. */
  waiting(): number
  /** What waits is not taken any more: it is read again. */
  forget(): void
}

interface Waiting {
  readonly take: () => void
  readonly keys: () => Promise<void> | undefined
  /** Looked up as soon as it came; by its turn they may not be fresh any more. */
  readonly reached: Promise<boolean> | true
}

/** `signal` aborts when nobody waits any more; `changed` is called whenever something begins or ends to wait. */
export function createArrivals(reach: ReachKeys, signal: AbortSignal, changed: () => void): Arrivals {
  let queue: Waiting[] = []
  const none = () => undefined

  const drain = async () => {
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const isReached = (await next.reached) && (await reach(next.keys, signal))
      // Forgotten meanwhile: others may wait now, or nobody.
      if (queue[0] !== next) continue
      // Whoever has the partition now reads it from where it was committed.
      if (!isReached || signal.aborted) {
        queue = []
        return
      }
      queue.shift()
      next.take()
      changed()
    }
  }

  return {
    arrive(take, keys = none) {
      const isBehind = queue.length > 0
      const reached = reach(keys, signal)
      if (!isBehind && reached === true) return take()
      queue.push({ take, keys, reached })
      changed()
      if (!isBehind) void drain()
    },
    waiting: () => queue.length,
    forget() {
      queue = []
      changed()
    },
  }
}
