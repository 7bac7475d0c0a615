import type { Delivery, WaitCause } from '@millrace/schemas'

/** Why the oldest delivery that is not done is not done; `stuck` is what waits for nothing that is known. */
export type Cause = WaitCause | 'stuck'
export const causes: readonly Cause[] = ['throttled', 'breaker', 'retry', 'order', 'preview', 'stuck']

type Known = Pick<Delivery, 'delivery_id' | 'requested_at' | 'due_at' | 'not_before' | 'waiting_for'>

/** Deliveries that this process knows and that are not done, for the age of the oldest by cause. */
export interface Undelivered {
  /** In hand: under way, or waiting for its endpoint. */
  take(delivery: Known): void
  /** Waits in a retry topic. */
  wait(delivery: Known): void
  /** Not in hand any more: done, another process's, or noted as waiting before. */
  drop(deliveryId: string): void
  /** Milliseconds by cause, 0 where there is none: since the request; of stuck ones since they were due. */
  oldestMs(now: number): ReadonlyMap<Cause, number>
}

interface Entry {
  readonly cause: Cause
  readonly since: number
  readonly expires: number
}

/** A delivery that this process has not met this long after its time went to another process. */
const LOST_AFTER_MS = 60_000
/** Beyond it new ones are not noted: those that are known are older. */
const MOST = 20_000

export function createUndelivered(): Undelivered {
  const open = new Map<string, Entry>()
  const note = (id: string, entry: Entry) => {
    if (open.size < MOST || open.has(id)) open.set(id, entry)
  }
  return {
    take: ({ delivery_id, requested_at, due_at }) =>
      note(delivery_id, { cause: 'stuck', since: Math.max(requested_at, due_at), expires: Number.POSITIVE_INFINITY }),
    wait: ({ delivery_id, requested_at, not_before, waiting_for }) =>
      note(delivery_id, {
        cause: waiting_for === '' ? 'retry' : waiting_for,
        since: requested_at,
        expires: not_before + LOST_AFTER_MS,
      }),
    drop: (deliveryId) => {
      if (open.get(deliveryId)?.expires === Number.POSITIVE_INFINITY) open.delete(deliveryId)
    },
    oldestMs(now) {
      const oldest = new Map<Cause, number>(causes.map((cause) => [cause, 0]))
      for (const [id, { cause, since, expires }] of open) {
        if (expires < now) open.delete(id)
        else oldest.set(cause, Math.max(oldest.get(cause) ?? 0, now - since))
      }
      return oldest
    },
  }
}
