import { type Attempt, type Delivery, retryDelaysMs, type Topic, topics } from '@millrace/schemas'
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

/** Retry topics in the order of the tries: the first retry comes from the first. */
const retryTopics = [topics.retry4s, topics.retry8s, topics.retry10s] as const

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
  const topic = retryTopics[delivery.attempts]
  const delayMs = retryDelaysMs[delivery.attempts]
  if (topic === undefined || delayMs === undefined) {
    const reason = `${what}: ${delivery.attempts + 1} tries failed; the last: ${last}`
    return { outcome: 'failed', deadLetter: { code: 'MR_DELIVERY_EXHAUSTED', reason } }
  }
  const next: Delivery = { ...delivery, attempts: delivery.attempts + 1, not_before: endedAt + delayMs }
  return { outcome: 'retrying', retry: { topic, delivery: next } }
}

/** The record of a try. */
export function attemptOf(delivery: Delivery, tried: Tried, plan: Plan): Attempt {
  return {
    tenant: delivery.tenant,
    delivery_id: delivery.delivery_id,
    endpoint_id: delivery.endpoint_id,
    event_id: delivery.event_id,
    event_type: delivery.event_type,
    attempt: delivery.attempts + 1,
    started_at: tried.startedAt,
    duration_ms: tried.endedAt - tried.startedAt,
    status_code: tried.statusCode,
    outcome: plan.outcome,
    error_code: tried.errorCode,
    next_attempt_at: plan.retry?.delivery.not_before ?? null,
  }
}
