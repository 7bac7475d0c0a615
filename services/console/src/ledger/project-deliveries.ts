import type { Attempt, Delivery } from '@millrace/schemas'
import { countOne, type DeliveryFact, joined, type LedgerRecord, type LedgerRows, noteHop, touch } from './rows.ts'

/** A delivery in a line: asked for, waiting for its next try, or put back. */
export function projectDelivery(rows: LedgerRows, { value, timestamp }: LedgerRecord<Delivery>): void {
  if (value === null) return
  noteDelivery(rows, value, { kind: 'line', at: timestamp, delivery: value })
  if (value.run_id === '' && value.attempts === 0)
    noteHop(rows, value.tenant, value.event_id, 'requested_at', timestamp)
}

export function projectAttempt(rows: LedgerRows, { value, timestamp, subject = null }: LedgerRecord<Attempt>): void {
  if (value === null) return
  const { tenant, event_id, run_id, started_at, outcome } = value
  rows.attempts.push({ subject, value })
  noteDelivery(rows, value, { kind: 'try', at: timestamp, attempt: value })
  countOne(rows, tenant, 'attempt', outcome, started_at)
  if (run_id !== '') return
  noteHop(rows, tenant, event_id, 'first_attempt_at', started_at)
  if (outcome === 'succeeded') noteHop(rows, tenant, event_id, 'delivered_at', started_at + value.duration_ms)
}

/** One more fact about a delivery; they are folded beside what is known of it. */
export function noteDelivery(
  rows: LedgerRows,
  { tenant, delivery_id, run_id, event_id }: Pick<Delivery, 'tenant' | 'delivery_id' | 'run_id' | 'event_id'>,
  fact: DeliveryFact,
): void {
  const place = joined(tenant, delivery_id, run_id)
  const known = rows.deliveries.get(place)
  if (known === undefined) rows.deliveries.set(place, { key: { tenant, delivery_id, run_id }, facts: [fact] })
  else known.facts.push(fact)
  touch(rows, tenant, event_id)
}
