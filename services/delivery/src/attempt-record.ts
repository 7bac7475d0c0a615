import type { Attempt, Delivery } from '@millrace/schemas'
import { errorClasses } from './error-classes.ts'
import type { Tried } from './tried.ts'

/** What was decided after a try. */
export interface Decided {
  readonly outcome: Attempt['outcome']
  /** Epoch milliseconds; null when there is no next try. */
  readonly nextAttemptAt: number | null
}

/** The record of a try. */
export function attemptOf(delivery: Delivery, tried: Tried, { outcome, nextAttemptAt }: Decided): Attempt {
  return {
    tenant: delivery.tenant,
    delivery_id: delivery.delivery_id,
    endpoint_id: delivery.endpoint_id,
    event_id: delivery.event_id,
    about_id: delivery.about_id,
    event_type: delivery.event_type,
    attempt: delivery.attempts + 1,
    run_id: delivery.run_id,
    started_at: tried.startedAt,
    duration_ms: tried.endedAt - tried.startedAt,
    status_code: tried.statusCode,
    outcome,
    error_code: tried.errorCode,
    plan: tried.errorCode === null ? '' : errorClasses[tried.errorCode].plan,
    next_attempt_at: nextAttemptAt,
    phase: tried.phase,
    address: tried.address,
    is_reused: tried.isReused,
    dns_us: micros(tried.dnsMs),
    connect_us: micros(tried.connectMs),
    tls_us: micros(tried.tlsMs),
    first_byte_us: micros(tried.firstByteMs),
    bytes_sent: tried.bytesSent,
    bytes_received: tried.bytesReceived,
    retry_after_ms: tried.retryAfterMs,
    answer: tried.answer,
  }
}

function micros(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1_000)
}
