import type { Selectable } from 'kysely'
import type { DeliveriesTable } from '../db/delivery-tables.ts'
import type { DeliveryFact, DeliveryKey } from './rows.ts'

export type DeliveryRow = Selectable<DeliveriesTable>

/**
 * A delivery after one more record that tells of it. Its topics are read side by side, so facts may come in any order: each part keeps the latest
 * fact about it, and what is shown follows from the parts.
 */
export function foldDelivery(known: DeliveryRow | undefined, key: DeliveryKey, fact: DeliveryFact): DeliveryRow {
  return told(withFact(known ?? blank(key), fact))
}

function blank(key: DeliveryKey): DeliveryRow {
  return {
    ...key,
    endpoint_id: '',
    event_id: '',
    event_type: '',
    conversation_id: null,
    state: 'requested',
    requested_at: Number.MAX_SAFE_INTEGER,
    redriven_at: null,
    attempts: 0,
    due_at: null,
    waiting_for: '',
    last_status_code: null,
    last_error_code: null,
    ended_at: null,
    sequence: 0,
    predecessor_id: null,
    body_bytes: 0,
    line_at: null,
    line_attempts: null,
    line_due_at: null,
    line_waiting_for: null,
    tried_at: null,
    try_attempt: null,
    try_outcome: null,
    try_plan: null,
    try_ended_at: null,
    try_next_at: null,
    dead_at: null,
  }
}

function withFact(row: DeliveryRow, fact: DeliveryFact): DeliveryRow {
  if (fact.kind === 'try') return withTry(row, fact)
  const { delivery, at } = fact
  const firstAt = delivery.first_requested_at || delivery.requested_at
  const base: DeliveryRow = {
    ...row,
    endpoint_id: delivery.endpoint_id,
    event_id: delivery.event_id,
    event_type: delivery.event_type,
    conversation_id: delivery.conversation_id,
    requested_at: Math.min(row.requested_at, firstAt),
    redriven_at: delivery.first_requested_at > 0 ? latest(row.redriven_at, delivery.requested_at) : row.redriven_at,
    sequence: delivery.sequence,
    predecessor_id: delivery.predecessor_id,
    body_bytes: Math.max(row.body_bytes, delivery.body.length),
  }
  if (fact.kind === 'dead') return { ...base, dead_at: latest(row.dead_at, at) }
  if (at < (row.line_at ?? 0)) return base
  return {
    ...base,
    line_at: at,
    line_attempts: delivery.attempts,
    line_due_at: delivery.due_at || delivery.not_before || null,
    line_waiting_for: delivery.waiting_for,
  }
}

function withTry(row: DeliveryRow, { attempt, at }: DeliveryFact & { kind: 'try' }): DeliveryRow {
  const base = {
    ...row,
    endpoint_id: attempt.endpoint_id,
    event_id: attempt.event_id,
    event_type: attempt.event_type,
    requested_at: Math.min(row.requested_at, attempt.started_at),
  }
  if (at < (row.tried_at ?? 0)) return base
  return {
    ...base,
    last_status_code: attempt.status_code,
    last_error_code: attempt.error_code,
    tried_at: at,
    try_attempt: attempt.attempt,
    try_outcome: attempt.outcome,
    try_plan: attempt.plan,
    try_ended_at: attempt.started_at + attempt.duration_ms,
    try_next_at: attempt.next_attempt_at,
  }
}

/** What is shown. A try is written before what follows from it: a line that is no later than the last try came before it. */
function told(row: DeliveryRow): DeliveryRow {
  const { line_at, tried_at, dead_at } = row
  const isInLine = line_at !== null && line_at > (tried_at ?? -1)
  const last = Math.max(line_at ?? 0, tried_at ?? 0)
  if (dead_at !== null && dead_at >= last)
    return { ...row, state: 'dead', attempts: triesOf(row, isInLine), due_at: null, waiting_for: '', ended_at: dead_at }
  if (isInLine) {
    const attempts = row.line_attempts ?? 0
    const isWaiting = attempts > 0 || row.line_waiting_for !== ''
    return {
      ...row,
      state: isWaiting ? 'waiting' : 'requested',
      attempts,
      due_at: row.line_due_at,
      waiting_for: row.line_waiting_for ?? '',
      ended_at: null,
    }
  }
  const state = stateAfterTry(row)
  const isOpen = state === 'waiting'
  return {
    ...row,
    state,
    attempts: row.try_attempt ?? 0,
    due_at: isOpen ? row.try_next_at : null,
    waiting_for: isOpen ? 'retry' : '',
    ended_at: isOpen ? null : row.try_ended_at,
  }
}

function stateAfterTry({ try_outcome, try_plan }: DeliveryRow): DeliveryRow['state'] {
  if (try_outcome === 'succeeded') return 'succeeded'
  if (try_outcome === 'failed') return try_plan === 'drop' ? 'cancelled' : 'dead'
  return 'waiting'
}

function triesOf(row: DeliveryRow, isInLine: boolean): number {
  return (isInLine ? row.line_attempts : row.try_attempt) ?? 0
}

function latest(a: number | null, b: number): number {
  return a === null ? b : Math.max(a, b)
}
