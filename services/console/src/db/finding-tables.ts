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
