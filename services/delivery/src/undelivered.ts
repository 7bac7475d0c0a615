import type { Delivery } from '@millrace/schemas'

/** A retry that this process has not met this long after its time went to another process. */
const LOST_AFTER_MS = 60_000

/** Deliveries that this process knows and that are not done, for the age of the oldest. */
export interface Undelivered {
  /** In hand: under way, or waiting for its endpoint. */
  take(delivery: Pick<Delivery, 'delivery_id' | 'requested_at'>): void
  /** Waits in a retry topic for its `not_before`. */
  wait(delivery: Pick<Delivery, 'delivery_id' | 'requested_at' | 'not_before'>): void
  /** Done, or another process's. */
  drop(deliveryId: string): void
  /** Milliseconds since the request of the oldest; 0 when there is none. */
  oldestMs(now: number): number
}

export function createUndelivered(): Undelivered {
  const open = new Map<string, { readonly requestedAt: number; readonly expires: number }>()
  return {
    take: ({ delivery_id, requested_at }) =>
      void open.set(delivery_id, { requestedAt: requested_at, expires: Number.POSITIVE_INFINITY }),
    wait: ({ delivery_id, requested_at, not_before }) =>
      void open.set(delivery_id, { requestedAt: requested_at, expires: not_before + LOST_AFTER_MS }),
    drop: (deliveryId) => void open.delete(deliveryId),
    oldestMs(now) {
      let oldest = now
      for (const [id, { requestedAt, expires }] of open) {
        if (expires < now) open.delete(id)
        else oldest = Math.min(oldest, requestedAt)
      }
      return now - oldest
    },
  }
}
