import { AsyncLocalStorage } from 'node:async_hooks'
import { type Lane, lanes } from '@millrace/front-client'
import type { Wish, WishedEvent } from './wish.ts'

export interface CoalescerOptions<T> {
  /** Conversations of one lane read at the same time. A read waits for calls in its lane's turn, so it must hold up no other lane's. */
  readonly concurrency: number
  /** Reads one conversation for all that was wished of it; a failure is told to each wish. */
  refresh(wish: MergedWish): Promise<T>
}

/** All that waits for one read of a conversation. */
export interface MergedWish extends Pick<Wish, 'tenant' | 'account' | 'conversationId' | 'key' | 'webhookId'> {
  /** The most urgent of them. */
  readonly lane: Lane
  readonly reasons: readonly string[]
  /** When the newest of them came up. */
  readonly at: number
  readonly events: readonly WishedEvent[]
}

/**
 * Many wishes for one conversation cost one read: those that come while it waits join it, those that come while it runs share the next one,
 * because what it reads may be older than they are.
 */
export interface Coalescer<T> {
  /** Resolves with what a read that began after this call has found; rejects as it did. */
  request(wish: Wish): Promise<T>
  /** Reads that wait for a place. */
  waiting(): number
}

interface Waiting<T> {
  readonly wishes: Wish[]
  readonly done: PromiseWithResolvers<T>
  /** Runs it in the context (trace, webhook id) of the wish that came first: whoever makes room for it belongs to another conversation. */
  readonly inContext: ReturnType<typeof AsyncLocalStorage.snapshot>
  rank: number
}

const rankOf = (lane: Lane) => lanes.indexOf(lane)
/** The rest of a conversation has places of its own, after those of its lane: hundreds of them must not hold up one of which nothing is known. */
const rankOfWish = ({ lane, reason }: Wish) => rankOf(lane) + (reason === 'history' ? 0.5 : 0)

export function createCoalescer<T>({ concurrency, refresh }: CoalescerOptions<T>): Coalescer<T> {
  const waiting = new Map<string, Waiting<T>>()
  const running = new Set<{ readonly key: string; readonly rank: number }>()

  /** Beside a read of the same conversation only a more urgent one is begun: that one may be waiting for its calls. */
  const hasPlace = (key: string, rank: number) => {
    let taken = 0
    for (const other of running) {
      if (other.key === key && other.rank <= rank) return false
      if (other.rank === rank) taken++
    }
    return taken < concurrency
  }
  const next = (): [string, Waiting<T>] | undefined => {
    let best: [string, Waiting<T>] | undefined
    for (const candidate of waiting) {
      if (!hasPlace(candidate[0], candidate[1].rank)) continue
      if (best === undefined || candidate[1].rank < best[1].rank) best = candidate
      if (best[1].rank === 0) return best
    }
    return best
  }

  const fill = () => {
    for (let chosen = next(); chosen !== undefined; chosen = next()) {
      const [key, entry] = chosen
      waiting.delete(key)
      const place = { key, rank: entry.rank }
      running.add(place)
      // From here on a new wish for this conversation waits for the next read.
      entry
        .inContext(() => refresh(mergedOf(entry.wishes)))
        .then(entry.done.resolve, entry.done.reject)
        .finally(() => {
          running.delete(place)
          fill()
        })
    }
  }

  return {
    request(wish) {
      let entry = waiting.get(wish.key)
      if (entry === undefined) {
        const inContext = AsyncLocalStorage.snapshot()
        entry = { wishes: [], done: Promise.withResolvers(), inContext, rank: rankOfWish(wish) }
        waiting.set(wish.key, entry)
        // Wishes of one batch arrive in the same turn of the event loop: let them join before the read begins.
        setImmediate(fill)
      }
      entry.wishes.push(wish)
      entry.rank = Math.min(entry.rank, rankOfWish(wish))
      return entry.done.promise
    },
    waiting: () => waiting.size,
  }
}

function mergedOf(wishes: readonly Wish[]): MergedWish {
  const [first] = wishes as [Wish]
  const events = new Map(wishes.flatMap((wish) => wish.events).map((event) => [event.id, event]))
  const lane = wishes.map((wish) => wish.lane).sort((a, b) => rankOf(a) - rankOf(b))[0] ?? first.lane
  return {
    tenant: first.tenant,
    account: first.account,
    conversationId: first.conversationId,
    key: first.key,
    webhookId: first.webhookId,
    lane,
    reasons: [...new Set(wishes.map(({ reason }) => reason))],
    at: Math.max(...wishes.map(({ at }) => at)),
    events: [...events.values()],
  }
}
