import type { Attempt, Delivery, Topic } from '@millrace/schemas'
import { errorClasses, type FailurePlan } from './error-classes.ts'
import type { DeliveryErrorCode } from './errors.ts'
import { expiresAt, nextTryAt, type RetryPolicy } from './retry-policy.ts'
import { park, type Tier } from './tiers.ts'
import type { Tried } from './tried.ts'

/** What follows from one try. */
export interface Plan {
  readonly outcome: Attempt['outcome']
  readonly retry?: { readonly topic: Topic<Delivery>; readonly delivery: Delivery }
  /** Reason of a dead letter. */
  readonly deadLetter?: { readonly code: DeliveryErrorCode; readonly reason: string }
  /** Milliseconds until it is tried again as the same try: nothing was used up. */
  readonly againMs?: number
}

export interface PlanRules {
  readonly policy: RetryPolicy
  readonly tiers: readonly Tier[]
  /** Multiplies every delay; 1 outside tests. */
  readonly scale: number
}

/** After a fault of our own; it lasts as long as it lasts, and asking again costs nobody else anything. */
const AGAIN_AFTER_MS = 2_000

/**
 * What follows from a try: nothing more, the next try counted from the end of this one, a dead letter, dropped without one, or the same try again.
 * The class of the failure says which (error-classes.ts).
 */
export function planNext(delivery: Delivery, tried: Tried, rules: PlanRules): Plan {
  const { errorCode } = tried
  if (errorCode === null) return { outcome: 'succeeded' }
  const { plan } = errorClasses[errorCode]
  const byPlan: Record<FailurePlan, () => Plan> = {
    retry: () => planRetry(delivery, tried, rules),
    throttle: () => planRetry(delivery, tried, rules),
    wait: () => ({ outcome: 'retrying', againMs: AGAIN_AFTER_MS }),
    repeat: () => ({ outcome: 'unknown', againMs: 0 }),
    disable: () => dead(delivery, tried, errorCode),
    'dead-letter': () => dead(delivery, tried, errorCode),
    drop: () => ({ outcome: 'failed' }),
  }
  return byPlan[plan]()
}

function planRetry(delivery: Delivery, tried: Tried, { policy, tiers, scale }: PlanRules): Plan {
  const { endedAt, retryAfterMs } = tried
  const due = nextTryAt(policy, delivery, endedAt, scale)
  if (due === undefined) return dead(delivery, tried, 'MR_DELIVERY_EXHAUSTED')
  const end = expiresAt(delivery, policy)
  // At its end it comes up once more, to become a dead letter then.
  const dueAt = Math.min(end, Math.max(due, endedAt + (retryAfterMs ?? 0)))
  const next: Delivery = { ...delivery, attempts: delivery.attempts + 1 }
  return { outcome: 'retrying', retry: park(tiers, next, { dueAt, cause: 'retry', now: endedAt, end }) }
}

function dead(delivery: Delivery, { statusCode, errorCode }: Tried, code: DeliveryErrorCode): Plan {
  const last = statusCode === null ? errorCode : `status ${statusCode}, ${errorCode}`
  const what = `event ${delivery.event_id} to endpoint ${delivery.endpoint_id}`
  const tries = code === 'MR_DELIVERY_EXHAUSTED' ? `${delivery.attempts + 1} tries failed; the last: ` : ''
  return { outcome: 'failed', deadLetter: { code, reason: `${what}: ${tries}${last}` } }
}
