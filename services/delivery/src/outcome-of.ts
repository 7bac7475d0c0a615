import type { Outcome } from './endpoint-health.ts'
import { errorClasses } from './error-classes.ts'
import type { Tried } from './tried.ts'

/** After a 429 or 503 that does not say for how long: nothing for this time, milliseconds. */
const THROTTLED_FOR_MS = 2_000

/** What a try says of its endpoint: how it does, and until when it wants nothing (`Retry-After`, a spent `ratelimit-remaining`). */
export function outcomeOf(tried: Tried): Outcome {
  const { errorCode, startedAt, endedAt, retryAfterMs, rateLimit } = tried
  const isThrottled = errorCode === 'MR_DELIVERY_THROTTLED'
  const asked = isThrottled ? (retryAfterMs ?? THROTTLED_FOR_MS) : 0
  const spent = rateLimit !== null && rateLimit.remaining <= 0 ? rateLimit.resetMs : 0
  const forMs = Math.max(asked, spent)
  return {
    startedAt,
    endedAt,
    isSuccess: errorCode === null,
    countsAgainstEndpoint: errorCode !== null && errorClasses[errorCode].countsAgainstEndpoint,
    isGone: errorCode === 'MR_DELIVERY_GONE',
    blockedUntil: forMs > 0 ? endedAt + forMs : 0,
  }
}
