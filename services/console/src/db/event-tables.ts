/** Days since 1970 (UTC): the partition of what belongs to an event. */
type Day = number

export type EventStatus = 'pending' | 'processed' | 'failed'

/** One row an event; all of WebhookEvent but its bytes. `created_at` is when dedup let it through. */
export interface WebhookEventsTable {
  tenant: string
  event_id: string
  webhook_id: string
  event_type: string
  status: EventStatus
  priority: string
  identity: string
  account: string
  provider: string
  provider_type: string
  source: string
  origin: string
  completeness: string
  conversation_id: string | null
  contact_id: string | null
  client_id: string | null
  content_type: string
  payload_bytes: number
  /** Its partition of `event_payloads`, which every query of a payload names. */
  payload_day: Day
  occurred_at: number
  received_at: number
  created_at: number
  /** When the last of its consumers was done; null until then. */
  processed_at: number | null
  /** Of a failed one: code and reason of the dead letter. */
  error_message: string | null
  received_position: string
  /** Its place in `webhooks.events`. */
  events_partition: number
  events_offset: number
  /** How often it was run again: replays, and copies that came after the dedup window. */
  run_count: number
}

export interface EventPayloadsTable {
  day: Day
  tenant: string
  event_id: string
  /** As it was sent; null where the bytes are no UTF-8 text without NUL, which are in `bytes` then. */
  payload: string | null
  bytes: Buffer | null
  /** Both null then: the payload as sent, encrypted (sealed.ts); and the words that it is found by (word-index.ts). */
  sealed: Buffer | null
  words: Buffer | null
}

/** When an event reached each place for the first time. A row may come before its event's, and outlive it. */
export interface EventHopsTable {
  tenant: string
  event_id: string
  snapshot_at: number | null
  graph_at: number | null
  requested_at: number | null
  first_attempt_at: number | null
  delivered_at: number | null
}

/** One more run of an event: a replay, or `repeat` for the same id let through again after the dedup window. */
export interface EventRunsTable {
  tenant: string
  /** Of a repeat: its received_position. */
  run_id: string
  event_id: string
  kind: 'replay' | 'repeat'
  replay_id: string | null
  target_kind: string | null
  target: string | null
  keeps_ids: boolean | null
  requested_by: string | null
  replayed_at: number
  position_partition: number
  position_offset: number
}
