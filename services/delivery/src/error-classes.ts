import type { DeliveryErrorCode } from './errors.ts'

/**
 * What follows from a failed try, in a word:
 * - `retry`: again, by the endpoint's policy; a dead letter when that has ended
 * - `throttle`: again when the endpoint says so, or else by its policy; it lives, but wants less
 * - `wait`: again later as the same try; nothing has been used up
 * - `repeat`: what came of it is unknown; again at once, by whoever owns the delivery next
 * - `disable`: no more to this endpoint until its owner wants it; this one is a dead letter
 * - `dead-letter`: no further try can help
 * - `drop`: nobody waits for it any more
 */
export type FailurePlan = 'retry' | 'throttle' | 'wait' | 'repeat' | 'disable' | 'dead-letter' | 'drop'

export interface ErrorClass {
  readonly plan: FailurePlan
  /** Whether it counts towards the endpoint's circuit breaker and its disabling. Never for a fault of ours. */
  readonly countsAgainstEndpoint: boolean
}

const theirs = (plan: FailurePlan): ErrorClass => ({ plan, countsAgainstEndpoint: true })
const ours = (plan: FailurePlan): ErrorClass => ({ plan, countsAgainstEndpoint: false })

/** Every class that a try can end in; the rest of our errors is about deliveries, not tries. */
export const errorClasses = {
  MR_DELIVERY_STATUS: theirs('retry'),
  MR_DELIVERY_REDIRECT: theirs('retry'),
  MR_DELIVERY_TIMEOUT: theirs('retry'),
  MR_DELIVERY_DNS: theirs('retry'),
  MR_DELIVERY_TLS: theirs('retry'),
  MR_DELIVERY_CONNECTION: theirs('retry'),
  MR_DELIVERY_BAD_ANSWER: theirs('retry'),
  MR_DELIVERY_NO_CONSENT: theirs('retry'),
  // It answers, and by the rules.
  MR_DELIVERY_THROTTLED: ours('throttle'),
  MR_DELIVERY_GONE: theirs('disable'),
  MR_DELIVERY_RESOLVER_AWAY: ours('wait'),
  MR_DELIVERY_PROXY_AWAY: ours('wait'),
  MR_DELIVERY_NO_ROUTE: ours('wait'),
  MR_DELIVERY_SECRET_KEY_MISSING: ours('wait'),
  MR_DELIVERY_ENDPOINT_UNREAD: ours('wait'),
  MR_DELIVERY_ABORTED: ours('repeat'),
  MR_DELIVERY_URL_REFUSED: theirs('dead-letter'),
  MR_DELIVERY_ADDRESS_REFUSED: theirs('dead-letter'),
  MR_DELIVERY_HEADERS_REFUSED: theirs('dead-letter'),
  MR_DELIVERY_SECRET_UNREADABLE: ours('dead-letter'),
  MR_DELIVERY_UNAPPROVED: ours('dead-letter'),
  MR_DELIVERY_UNWANTED: ours('drop'),
  MR_DELIVERY_ENDPOINT_REMOVED: ours('drop'),
  MR_DELIVERY_ENDPOINT_DISABLED: ours('drop'),
} as const satisfies Partial<Record<DeliveryErrorCode, ErrorClass>>

/** The class of a failed try. */
export type TryErrorCode = keyof typeof errorClasses
