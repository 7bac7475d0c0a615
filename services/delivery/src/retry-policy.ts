import type { Delivery, Endpoint } from '@millrace/schemas'
import { steadyRandom } from './tiers.ts'

/** How often, and for how long, a delivery is tried. Milliseconds. */
export interface RetryPolicy {
  /** Waits before the second, third … try. */
  readonly delays: readonly number[]
  /** The last of the delays is repeated until the delivery expires. */
  readonly isEndless: boolean
  /** From the request on; then the delivery is a dead letter, whatever it waits for. */
  readonly expiresAfterMs: number
}

const HOUR = 3_600_000
/** Longest horizon of any policy: beyond it a record could be lost to its topic's retention of 7 days. */
export const LONGEST_HORIZON_MS = 72 * HOUR
/** All retries of a `callback_url` config, and the first ones of every other endpoint. */
const CONFIG_DELAYS = [4_000, 8_000, 10_000]
const GENERAL_DELAYS = [...CONFIG_DELAYS, 60_000, 600_000, HOUR, 6 * HOUR, 12 * HOUR]
/** Herds of retries are spread over this share of their delay; short delays are meant as they stand. */
const JITTER = 0.1
const SHORT_MS = 60_000
const SHORT_JITTER = 0.02

/** The policy of an endpoint: its own, or that of its kind. `scale` multiplies every time (1 outside tests). */
export function policyOf(
  endpoint: Pick<Endpoint, 'kind' | 'retry_delays_ms' | 'give_up_after_ms'>,
  scale: number,
): RetryPolicy {
  const own = endpoint.retry_delays_ms
  const isOfKind = own.length === 0
  const byKind = endpoint.kind === 'config' ? CONFIG_DELAYS : GENERAL_DELAYS
  const horizon = endpoint.give_up_after_ms > 0 ? endpoint.give_up_after_ms : LONGEST_HORIZON_MS
  return {
    delays: (isOfKind ? byKind : own).map((delay) => delay * scale),
    isEndless: isOfKind && endpoint.kind !== 'config',
    expiresAfterMs: Math.min(horizon, LONGEST_HORIZON_MS) * scale,
  }
}

/** Epoch milliseconds at which the delivery is a dead letter. */
export function expiresAt(delivery: Pick<Delivery, 'requested_at'>, policy: RetryPolicy): number {
  return delivery.requested_at + policy.expiresAfterMs
}

/**
 * When the next try is due after a failed one that ended at `endedAt`, jitter included; undefined when there is none left. `attempts`: tries made
 * before the failed one.
 */
export function nextTryAt(
  policy: RetryPolicy,
  { delivery_id, attempts }: Pick<Delivery, 'delivery_id' | 'attempts'>,
  endedAt: number,
  scale: number,
): number | undefined {
  const delay = policy.delays[attempts] ?? (policy.isEndless ? policy.delays.at(-1) : undefined)
  if (delay === undefined) return undefined
  const share = delay < SHORT_MS * scale ? SHORT_JITTER : JITTER
  return Math.round(endedAt + delay * (1 + share * steadyRandom(delivery_id, attempts)))
}
