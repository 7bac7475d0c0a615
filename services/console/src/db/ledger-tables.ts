import type { Generated } from 'kysely'

/**
 * Rows of the ledger: a projection of the topics that can be emptied and built anew at any time. Times are epoch milliseconds, of the records and
 * never of the moment of projecting, so that a rebuilt ledger is the same one. JSON columns hold what the topic's value holds.
 */
export interface LedgerTables {
  webhook_events: WebhookEventsTable
  event_payloads: EventPayloadsTable
  event_hops: EventHopsTable
  event_runs: EventRunsTable
  conversations: ConversationsTable
  extractions: ExtractionsTable
  nodes: NodesTable
  relationships: RelationshipsTable
  deliveries: DeliveriesTable
  attempts: AttemptsTable
  endpoints: EndpointsTable
  endpoint_states: EndpointStatesTable
  modes: ModesTable
  poll_positions: PollPositionsTable
  parity_findings: ParityFindingsTable
  notices: NoticesTable
  dead_letters: DeadLettersTable
  rejected_requests: RejectedRequestsTable
  minute_counts: MinuteCountsTable
  ledger_changes: LedgerChangesTable
  ledger_positions: LedgerPositionsTable
  ledger_watermarks: LedgerWatermarksTable
  ledger_state: LedgerStateTable
}

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

/** The last snapshot of each conversation. */
export interface ConversationsTable {
  tenant: string
  conversation_id: string
  account: string
  state: string
  merged_into: string | null
  completeness: string
  subject: string | null
  status: string | null
  /** Id, else name of the assignee; null when nobody is. */
  assignee: string | null
  as_of: number
  /** When the snapshot was written. */
  written_at: number
  created_at: number | null
  message_count: number
  has_more: boolean
  caused_by: string[]
  pending: string[]
  /** The whole ConversationSnapshot without fold_json. */
  snapshot: unknown
}

export interface ExtractionsTable {
  tenant: string
  event_id: string
  extraction_id: string
  client_id: string | null
  extractor: string
  extractor_version: number
  extracted_at: number
  node_ids: string[]
  relationship_ids: string[]
}

export interface NodesTable {
  tenant: string
  id: string
  type: string
  label: string
  properties: unknown
  same_as: string | null
  identities: string[]
  client_ids: string[]
  first_seen: number
  last_seen: number
  provenance: unknown
}

export interface RelationshipsTable {
  tenant: string
  id: string
  type: string
  from_id: string
  to_id: string
  properties: unknown
  client_ids: string[]
  first_seen: number
  last_seen: number
  valid_to: number | null
  provenance: unknown
}

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

export interface ModesTable {
  tenant: string
  source: string
  mode: string
  inboxes: string[]
  percent: number
  changed_at: number
  changed_by: string
  reason: string
}

export interface PollPositionsTable {
  tenant: string
  account: string
  events_until: number
  compared_until: number
  read_at: number
  gaps: unknown
}

export interface ParityFindingsTable {
  tenant: string
  source: string
  account: string
  /** Its offset in `operations.parity`. */
  position: number
  kind: string
  since: number
  until: number
  found_at: number
  types: unknown
  delays: unknown
  differences: unknown
  unlisted: number
}

export interface NoticesTable {
  tenant: string
  notice_id: string
  at: number
  severity: string
  kind: string
  writer: string
  subject: string | null
  text: string
  details: unknown
}

/** One record of a dead-letter topic, and of any topic what could not be decoded (`consumer_group` is then `console`). */
export interface DeadLettersTable {
  /** The topic that it is in. */
  topic: string
  partition: number
  offset: number
  tenant: string
  source_topic: string
  consumer_group: string
  source_partition: number | null
  source_offset: number | null
  record_key: string | null
  event_id: string | null
  delivery_id: string | null
  endpoint_id: string | null
  webhook_id: string | null
  event_type: string | null
  at: number
  error_code: string
  error_message: string
  stack: string
  value_bytes: number
  redriven_at: number | null
}

export interface RejectedRequestsTable {
  tenant: string
  source: string
  webhook_id: string
  account: string
  provider: string
  received_at: number
  scheme: string
  rule: string
  mistakes: string[]
  secret_id: string | null
  is_explained: boolean
  body_bytes: number
  address: string
  unsampled: number
}

/** How often something happened in a minute. `metric` and its `label`s: counts.ts. */
export interface MinuteCountsTable {
  tenant: string
  minute: number
  metric: string
  label: string
  count: number
}

/** What a live view wants to know of, in the order of commits; the oldest go. */
export interface LedgerChangesTable {
  seq: Generated<number>
  tenant: string
  kind: 'event' | 'snapshot' | 'node' | 'delivery' | 'attempt' | 'notice' | 'dead-letter' | 'run'
  /** Of the changed thing: event id, conversation id, node id, delivery id … */
  id: string
  at: number
}

export interface LedgerPositionsTable {
  topic: string
  partition: number
  next_offset: number
}

/** Up to where the events of a partition were told settled or not. */
export interface LedgerWatermarksTable {
  partition: number
  next_offset: number
}

/** One row. */
export interface LedgerStateTable {
  single: Generated<boolean>
  /** New whenever the ledger starts from nothing. */
  incarnation: string
  cluster_id: string
  /** Everything that was written until then is in. 0 until it has caught up once. */
  as_of: number
  /** Where the rebuild under way is: records to read when it began and read of them; both 0 when none is. */
  rebuild_total: number
  rebuild_done: number
  rebuild_began_at: number | null
  /** Set by `millrace console rebuild`; the projector empties everything when it sees a newer one than it knows. */
  rebuild_asked_at: number | null
}
