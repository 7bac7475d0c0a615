export type DeliveryState = 'requested' | 'waiting' | 'succeeded' | 'dead' | 'cancelled'

/** One event for one endpoint, once a run. */
export interface DeliveriesTable {
  tenant: string
  delivery_id: string
  /** Empty but for replays. */
  run_id: string
  endpoint_id: string
  event_id: string
  event_type: string
  conversation_id: string | null
  state: DeliveryState
  /** First requested, also where it was redriven since. */
  requested_at: number
  /** When it was put back into the line; null when never. */
  redriven_at: number | null
  /** Tries made. */
  attempts: number
  due_at: number | null
  waiting_for: string
  last_status_code: number | null
  last_error_code: string | null
  /** When it succeeded, was given up or cancelled; null while open. */
  ended_at: number | null
  sequence: number
  predecessor_id: string | null
  body_bytes: number
  /** What its state is told from: the last record that put it into a line, its last try, and when it was given up. */
  line_at: number | null
  line_attempts: number | null
  line_due_at: number | null
  line_waiting_for: string | null
  tried_at: number | null
  try_attempt: number | null
  try_outcome: string | null
  try_plan: string | null
  try_ended_at: number | null
  try_next_at: number | null
  dead_at: number | null
}

/** One HTTP try. `answer` is at most 1 KiB. */
export interface AttemptsTable {
  tenant: string
  delivery_id: string
  run_id: string
  started_at: number
  attempt: number
  endpoint_id: string
  event_id: string
  event_type: string
  duration_ms: number
  status_code: number | null
  outcome: string
  error_code: string | null
  plan: string
  next_attempt_at: number | null
  phase: string
  address: string | null
  is_reused: boolean
  dns_us: number | null
  connect_us: number | null
  tls_us: number | null
  first_byte_us: number | null
  bytes_sent: number
  bytes_received: number
  retry_after_ms: number | null
  answer: Buffer | null
  /** `answer` is null then: the same, encrypted. */
  sealed: Buffer | null
}

/** Endpoints as configured, without anything sealed: secrets are told by id, kind and times, headers by name. */
export interface EndpointsTable {
  tenant: string
  endpoint_id: string
  url: string
  kind: string
  description: string
  is_enabled: boolean
  created_at: number
  updated_at: number
  config: unknown
}

export interface EndpointStatesTable {
  tenant: string
  endpoint_id: string
  breaker: string
  open_until: number
  times_opened: number
  failing_since: number | null
  last_success_at: number | null
  blocked_until: number
  disabled_at: number | null
  disabled_reason: string
  updated_at: number
}
