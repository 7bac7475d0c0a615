import { type Attempt, type Delivery, retryTiers, type Topic } from '@millrace/schemas'
import { type DeliveryErrorCode, deliveryErrors } from './errors.ts'

/** One try that has ended, or what took its place when none could be made. */
export interface Tried {
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly endedAt: number
  readonly statusCode: number | null
  readonly errorCode: DeliveryErrorCode | null
}

export interface Plan {
  readonly outcome: Attempt['outcome']
  readonly retry?: { readonly topic: Topic<Delivery>; readonly delivery: Delivery }
  /** Reason of a dead letter. */
  readonly deadLetter?: { readonly code: DeliveryErrorCode; readonly reason: string }
}

const dropped: ReadonlySet<DeliveryErrorCode> = new Set([
  'MR_DELIVERY_ENDPOINT_REMOVED',
  'MR_DELIVERY_ENDPOINT_DISABLED',
])

/** What follows from a try: nothing more, the next retry counted from the end of this try, a dead letter, or dropped without one. */
export function planNext(delivery: Delivery, { endedAt, statusCode, errorCode }: Tried): Plan {
  if (errorCode === null) return { outcome: 'succeeded' }
  if (dropped.has(errorCode)) return { outcome: 'failed' }
  const last = statusCode === null ? errorCode : `status ${statusCode}, ${errorCode}`
  const what = `event ${delivery.event_id} to endpoint ${delivery.endpoint_id}`
  if (!deliveryErrors[errorCode].retryable)
    return { outcome: 'failed', deadLetter: { code: errorCode, reason: `${what}: ${last}` } }
  const tier = retryTiers.slice(0, 3)[delivery.attempts]
  if (tier === undefined) {
    const reason = `${what}: ${delivery.attempts + 1} tries failed; the last: ${last}`
    return { outcome: 'failed', deadLetter: { code: 'MR_DELIVERY_EXHAUSTED', reason } }
  }
  const dueAt = endedAt + tier.delayMs
  const next: Delivery = {
    ...delivery,
    attempts: delivery.attempts + 1,
    not_before: dueAt,
    due_at: dueAt,
    waiting_for: 'retry',
  }
  return { outcome: 'retrying', retry: { topic: tier.topic, delivery: next } }
}
