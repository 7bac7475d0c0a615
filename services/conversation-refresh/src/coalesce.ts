import { AsyncLocalStorage } from 'node:async_hooks'
import type { Priority } from '@millrace/schemas'

/** Which conversation, of whom. */
export interface ConversationRef {
  readonly tenant: string
  readonly account: string
  readonly conversationId: string
}

export interface CoalescerOptions<T> {
  /** Conversations refreshed at the same time. */
  readonly concurrency: number
  /** Refreshes one conversation for these events; a failure is told to each of them. */
  refresh(ref: ConversationRef, eventIds: readonly string[]): Promise<T>
}

/**
 * Many events of one conversation cost one refresh: those that come while a refresh waits join it, those that come while it runs share the next
 * one, because what it reads may be older than they are.
 */
export interface Coalescer<T> {
  /** Resolves with what a refresh that began after this call has found; rejects as it did. */
  request(ref: ConversationRef, eventId: string, priority: Priority): Promise<T>
  /** Refreshes that wait for a place. */
  waiting(): number
}

interface Refresh<T> {
  readonly ref: ConversationRef
  readonly key: string
  readonly eventIds: Set<string>
  readonly done: PromiseWithResolvers<T>
  /** Runs it in the context (trace, webhook id) of the event that asked first: whoever makes room for it belongs to another conversation. */
  readonly inContext: ReturnType<typeof AsyncLocalStorage.snapshot>
  priority: Priority
}

const RANK: Record<Priority, number> = { high: 0, medium: 1, low: 2 }

export function createCoalescer<T>({ concurrency, refresh }: CoalescerOptions<T>): Coalescer<T> {
  const waiting = new Map<string, Refresh<T>>()
  const running = new Set<string>()

  const next = (): Refresh<T> | undefined => {
    let best: Refresh<T> | undefined
    for (const candidate of waiting.values()) {
      if (running.has(candidate.key)) continue
      if (best === undefined || RANK[candidate.priority] < RANK[best.priority]) best = candidate
      if (best.priority === 'high') return best
    }
    return best
  }

  const fill = () => {
    while (running.size < concurrency) {
      const chosen = next()
      if (chosen === undefined) return
      waiting.delete(chosen.key)
      running.add(chosen.key)
      // From here on a new event of this conversation waits for the next refresh.
      chosen
        .inContext(() => refresh(chosen.ref, [...chosen.eventIds]))
        .then(chosen.done.resolve, chosen.done.reject)
        .finally(() => {
          running.delete(chosen.key)
          fill()
        })
    }
  }

  return {
    request(ref, eventId, priority) {
      const key = JSON.stringify([ref.tenant, ref.account, ref.conversationId])
      let entry = waiting.get(key)
      if (entry === undefined) {
        const inContext = AsyncLocalStorage.snapshot()
        entry = { ref, key, eventIds: new Set(), done: Promise.withResolvers(), inContext, priority }
        waiting.set(key, entry)
        // Events of one batch arrive in the same turn of the event loop: let them join before the refresh begins.
        setImmediate(fill)
      }
      entry.eventIds.add(eventId)
      if (RANK[priority] < RANK[entry.priority]) entry.priority = priority
      return entry.done.promise
    },
    waiting: () => waiting.size,
  }
}
