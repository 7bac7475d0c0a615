import type { Origin } from './webhooks.ts'

/** By which way the events of one source count. */
export interface IngestMode {
  tenant: string
  source: string
  mode: 'webhook' | 'polling' | 'parallel'
  /** The mode holds for conversations of these inboxes, the others are polled; empty means all. */
  inboxes: string[]
  /** The mode holds for this share of the conversations (0 to 100), the others are polled. */
  percent: number
  changed_at: number
  changed_by: 'person' | 'trigger'
  reason: string
}

export interface ParityDifference {
  event_id: string
  type: string
  /** The way that brought it; `both` in a correction. */
  seen_by: Origin | 'both'
  occurred_at: number
  conversation_id: string | null
  reason: string
}

/** How webhooks and polling compare for one account over a span of event times; findings add up. */
export interface ParityFinding {
  tenant: string
  account: string
  source: string
  kind: 'window' | 'correction'
  since: number
  /** Exclusive. */
  until: number
  found_at: number
  types: { type: string; both: number; webhook_only: number; poll_only: number }[]
  delays: { origin: Origin; up_to_ms: number; events: number }[]
  differences: ParityDifference[]
  unlisted: number
}

/** A warning or news for operators. */
export interface Notice {
  tenant: string
  notice_id: string
  at: number
  severity: 'info' | 'warning' | 'critical'
  /** In lower case with dashes: `rolled-back`, `webhooks-missing` … */
  kind: string
  /** The service that found it. */
  writer: string
  /** Name of a source, id of an endpoint, URI of a conversation or graph; null when it is about the tenant. */
  subject: string | null
  text: string
  details_json: string
}

/** Up to where the lists of one account were read. */
export interface PollPosition {
  tenant: string
  account: string
  /** Every event that was listed as happening before this was stored, but for the gaps; by the provider's clock. */
  events_until: number
  /** Every conversation changed before this was compared with its snapshot; by the provider's clock. */
  compared_until: number
  /** Oldest first; none overlap. */
  gaps: EventGap[]
  /** When the last round began, by our clock. */
  read_at: number
}

/** A time whose events are still to be read. */
export interface EventGap {
  from: number
  until: number
  /** `outage`: nobody read or received then; `finding`: a conversation changed that no event told of. */
  reason: string
}

/** One thing that somebody did or tried to do; each entry holds the hash of the one before it. */
export interface AuditEntry {
  /** Empty for what concerns the whole installation. */
  tenant: string
  /** 1 for the first entry of all, then without gaps. */
  sequence: number
  previous_hash: string
  at: number
  actor_id: string
  actor_name: string
  actor_kind: 'user' | 'token' | 'host' | 'service'
  /** Dotted: `endpoint.create`, `approval.approve` … */
  action: string
  subject: string
  reason: string
  approval_id: string | null
  /** `begun`: written before an effect outside the database. */
  outcome: 'begun' | 'done' | 'refused' | 'failed'
  detail_json: string
  hash: string
  mac: string
}

/** A data key, wrapped, by which records of one subject are encrypted; a null in its topic: destroyed. */
export interface DataKey {
  tenant: string
  /**
   * `SUBJECT/HEX`, or `SUBJECT/yyyymmdd-HEX` of a key that is used for one UTC day: the subject as `Topic.subject` names it, and 16 hex digits;
   * `x-key-id` of the records that it opens.
   */
  key_id: string
  /** The 32 bytes, wrapped by the master key. */
  wrapped: string
  created_at: number
}

/** A subject was erased: nothing is written of it any more. */
export interface Erasure {
  tenant: string
  /** By the tenant's index key. */
  subject_hash: string
  kind: 'conversation' | 'contact' | 'client' | 'email' | 'node' | 'record' | 'days'
  erased_at: number
  requested_by: string
  approved_by: string
  approval_id: string
  receipt_id: string
  /** Of `days`: yyyymmdd. */
  keys_until: string | null
}
