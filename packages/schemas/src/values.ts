/**
 * The values of the topics, as services see them. Field names are those of the Avro records in `avro/`; a test holds both equal.
 * Times are epoch milliseconds; `*_json` strings hold JSON; `payload` is the provider's own bytes.
 */

/** How an event reached us. */
export type Origin = 'webhook' | 'poll'
/** What an event's identity rests on (DESIGN §5): a signed provider id, a key the sender chose, or a hash of the bytes. */
export type IdentityKind = 'provider' | 'idempotency-key' | 'content-hash'
export type Priority = 'high' | 'medium' | 'low'
export type Completeness = 'full' | 'partial'

/** One event as it came, before deduplication. */
export interface ReceivedWebhook {
  webhook_id: string
  tenant: string
  account: string
  provider: string
  source: string
  /** Verification scheme that accepted the request: `app`, `rule`, `plain`, `api-key`, `hmac`, `none` … */
  scheme: string
  origin: Origin
  received_at: number
  /** Place in the request's array, 0 when the body was no array. */
  batch_index: number
  batch_size: number
  /** Chosen request headers, names in lower case; never authentication headers. */
  headers: Record<string, string>
  content_type: string
  /** Name of the Redis channel on which a synchronous caller waits. */
  reply_to: string | null
  payload: Buffer
}

/** One request that could not be proven; a sample. */
export interface RejectedRequest {
  webhook_id: string
  tenant: string
  account: string
  provider: string
  source: string
  /** Epoch milliseconds. */
  received_at: number
  scheme: string
  rule: string
  /** Names of the known mistakes that together explain it. */
  mistakes: string[]
  secret_id: string | null
  secret_source: string | null
  is_explained: boolean
  body_bytes: number
  address: string
  unsampled: number
}

/** One thing that happened, once. */
export interface WebhookEvent {
  event_id: string
  identity: IdentityKind
  tenant: string
  account: string
  provider: string
  source: string
  origin: Origin
  /** Canonical type of DESIGN §5, such as `message.received`. */
  type: string
  priority: Priority
  /** The provider's own word for the type; empty when the payload names none. */
  provider_type: string
  completeness: Completeness
  occurred_at: number
  received_at: number
  webhook_id: string
  conversation_id: string | null
  contact_id: string | null
  client_id: string | null
  /** `topic-partition-offset` in `webhooks.received`. */
  received_position: string
  reply_to: string | null
  content_type: string
  payload: Buffer
}

/** An event to be handled once more by one target; every other reader passes over it. */
export interface EventReplay extends WebhookEvent {
  replay_id: string
  /** Equal whenever the record is written. */
  run_id: string
  target_kind: 'group' | 'endpoint'
  /** Name of the consumer group, or id of the endpoint. */
  target: string
  /** Whether deliveries have the `webhook-id` that they had, by which receivers drop repeats, or a new one. */
  keeps_ids: boolean
  /** Id of the user or token that asked for it. */
  requested_by: string
  replayed_at: number
}

/** What else tells about a conversation than its events: what was read of it, or the wish to read it. */
export interface ConversationRefresh {
  tenant: string
  account: string
  conversation_id: string
  /**
   * `read`: the API's answer. `listed`: the conversation alone, as a list or another call carried it. `supplement`: a fuller copy of a known event.
   * `gone`, `merged`: what the API said instead. `wish`: it should be read. `forget`: its end is long enough ago for a null.
   */
  kind: 'read' | 'listed' | 'supplement' | 'gone' | 'merged' | 'wish' | 'forget'
  /** When the read began, the copy was received, the merge happened or the wish came up. */
  at: number
  /** The provider's own time of the state that was read; null when it gave none. */
  updated_at: number | null
  merged_into: string | null
  caused_by: string[]
  /** When the events of `caused_by` happened, in the same order; shorter where that is not known. */
  caused_at: number[]
  /** For a wish: the lane of its calls, as the client of the API has them; else empty. */
  lane: string
  /** For a wish: `preview`, `old-event`, `history`, `merged`, `restored`, `ended`, `found` … For `gone`: `not-found`, `forbidden`. */
  reason: string
  /** JSON bytes of the conversation, its messages (newest first) and comments as the API gave them. */
  conversation: Buffer | null
  messages: Buffer | null
  comments: Buffer | null
  /** The event's bytes, for a supplement; for a wish by reason `preview`, a JSON list of the types of `caused_by`. */
  payload: Buffer | null
}

export interface SnapshotPerson {
  id: string | null
  name: string | null
  handle: string | null
}

export interface SnapshotMessage {
  id: string
  type: string
  is_inbound: boolean
  created_at: number
  subject: string | null
  blurb: string | null
  /** Plain text; cut at the size cap, see `is_truncated`. */
  text: string | null
  is_truncated: boolean
  author: SnapshotPerson | null
  recipients: { name: string | null; handle: string; role: string }[]
  attachments: { id: string | null; filename: string | null; content_type: string | null; size: number | null }[]
}

export interface SnapshotComment {
  id: string
  author: SnapshotPerson | null
  text: string
  posted_at: number
}

/** The state of one conversation as far as known. */
export interface ConversationSnapshot {
  tenant: string
  account: string
  conversation_id: string
  state: 'live' | 'deleted' | 'merged' | 'gone'
  merged_into: string | null
  completeness: Completeness
  /** The newest of the provider's times in it; of a terminal record, when it ended. */
  as_of: number
  /** The last events that it reflects, newest first, at most 100. */
  caused_by: string[]
  /** The known events that it does not reflect yet, newest first. */
  pending: string[]
  is_first: boolean
  subject: string | null
  status: string | null
  assignee: SnapshotPerson | null
  recipient: SnapshotPerson | null
  tags: { id: string; name: string }[]
  custom_fields_json: string
  created_at: number | null
  /** The last messages, newest first. */
  messages: SnapshotMessage[]
  comments: SnapshotComment[]
  /** True when older messages or comments exist than are listed, or may exist. */
  has_more: boolean
  /** The writer's own bookkeeping; not for readers. */
  fold_json: string
}

/** What one extraction saw of one node or relationship. */
export interface KnowledgeObservation {
  tenant: string
  /** Node id. */
  id: string
  /** `node` for what an extraction saw; the others for what one node's fold tells another's. */
  subject: 'node' | 'support' | 'label' | 'part' | 'standing' | 'alias'
  type: string
  label: string
  /** Properties as a JSON object, typed as they were (0, false and null survive). */
  properties_json: string
  client_id: string | null
  /** `exists` or `gone` where the extraction is about the node itself; empty where it is only named. */
  standing: '' | 'exists' | 'gone'
  same_as: string[]
  /** Ids of the relationships by which other nodes name this one. */
  supported_by: string[]
  /** Relationship types of which every one that holds is listed; `*` for all. */
  sections: string[]
  relationships: ObservedRelationship[]
  /** The words of texts that name the node; `field` is the id of the node whose text it is, # and its property. */
  spans: Span[]
  event_id: string
  extraction_id: string
  extractor: string
  extractor_version: number
  observed_at: number
  message_json: string
}

export interface ObservedRelationship {
  type: string
  other_id: string
  properties_json: string
  spans: Span[]
}

/** Words of a text; offsets are of the readable text, in UTF-16 units. */
export interface Span {
  field: string
  start: number
  end: number
  text: string
}

export interface Provenance {
  event_id: string
  extractor: string
  extractor_version: number
  /** With event id and version, the order of observations. */
  observed_at: number
  /** Names of the properties whose present value comes from this observation. */
  properties: string[]
  /** Relationship types of which this observation named every one that then held; `*` for all. */
  sections: string[]
  standing: '' | 'exists' | 'gone'
  spans: Span[]
}

/** Folded state of a node. */
export interface KnowledgeNode {
  tenant: string
  id: string
  type: string
  label: string
  properties_json: string
  /** The node that stands for the same person, where more refer to this one than can be led there. */
  same_as: string | null
  /** Other ids under which the same person was met. */
  identities: string[]
  client_ids: string[]
  first_seen: number
  last_seen: number
  provenance: Provenance[]
}

/** Folded state of a relationship. */
export interface KnowledgeRelationship {
  tenant: string
  id: string
  type: string
  from_id: string
  to_id: string
  properties_json: string
  client_ids: string[]
  first_seen: number
  last_seen: number
  valid_to: number | null
  provenance: Provenance[]
}

/** One record an extraction. */
export interface KnowledgeExtraction {
  tenant: string
  extraction_id: string
  event_id: string
  client_id: string | null
  extractor: string
  extractor_version: number
  extracted_at: number
  node_ids: string[]
  relationship_ids: string[]
  /** The answer that a synchronous caller gets, as JSON bytes; null when nobody asks. */
  reply: Buffer | null
}

export interface EndpointSecret {
  id: string
  /** `v1`: HMAC-SHA256 with a `whsec_`; `v1a`: ed25519 with a `whsk_`. */
  kind: 'v1' | 'v1a'
  /** Sealed with MILLRACE_SECRET_KEYS, bound to its endpoint. */
  sealed: string
  /** `whpk_` of a `v1a`. */
  public_key: string | null
  created_at: number
  /** From then on it signs no more; null for the current one of its kind. */
  not_after: number | null
}

/** A customer's URL with its filter, secrets and limits. */
export interface Endpoint {
  tenant: string
  endpoint_id: string
  url: string
  /**
   * `general`: gets what its filter fits. `config`: a conversation config; the most specific one of a tenant gets a message. `response`: gets no
   * events, only what a person approved for it.
   */
  kind: 'general' | 'config' | 'response'
  description: string
  /** Canonical types, `*` and `prefix.*` allowed; empty means the types of the message contract. */
  event_types: string[]
  /** Only this conversation, when set. */
  conversation_id: string | null
  /** Of a config; null for every usecase. */
  usecase: string | null
  /** Of a config. */
  workflow_id: string | null
  /** `API`, `WHATSAPP`, `SMS`; empty for all. */
  channels: string[]
  /** Inbox ids; empty for all. */
  inboxes: string[]
  /** Tag ids or names; empty for all. */
  tags: string[]
  /** A pattern for the payload as it would be sent, as JSON. */
  payload_filter: string | null
  /** `message`: messages in the message contract. `event`: they too as `{type, timestamp, data}`. */
  payload: 'message' | 'event'
  /** Ids in the message contract. */
  ids: 'uuid' | 'provider'
  /** Newest first; all in force sign. */
  secrets: EndpointSecret[]
  is_signed: boolean
  /** Extra request headers by name, values sealed as secrets are. */
  sealed_headers: Record<string, string>
  order: 'none' | 'conversation'
  /** Waits between tries; empty for those of its kind. */
  retry_delays_ms: number[]
  /** 0 for the default of its kind. */
  give_up_after_ms: number
  /** 0 for the service's setting, as for the next two. */
  max_in_flight: number
  max_per_minute: number
  timeout_ms: number
  consent: 'none' | 'required'
  is_enabled: boolean
  created_at: number
  updated_at: number
}

/** What deliveries have learnt of an endpoint; written by the owner of its partition. */
export interface EndpointState {
  tenant: string
  endpoint_id: string
  breaker: 'closed' | 'open' | 'half_open'
  /** When an open breaker lets the next probe through; 0 while closed. */
  open_until: number
  /** Since the last success. */
  times_opened: number
  failing_since: number | null
  last_success_at: number | null
  /** The endpoint asked for nothing before this time; 0 when it did not. */
  blocked_until: number
  disabled_at: number | null
  disabled_reason: 'gone' | 'failing' | ''
  /** Highest share of the time until it is disabled that was told in a notice. */
  noticed_percent: number
  updated_at: number
}

/** Why a delivery waits. */
export type WaitCause = 'retry' | 'throttled' | 'breaker' | 'order' | 'preview'

/** One event for one endpoint. `delivery_id` is the `webhook-id` of every try. */
export interface Delivery {
  tenant: string
  delivery_id: string
  endpoint_id: string
  event_id: string
  event_type: string
  conversation_id: string | null
  requested_at: number
  /** Tries made so far. */
  attempts: number
  /** When the record is looked at again; 0 means at once. */
  not_before: number
  /** When the next try is due, perhaps some retry topics later; 0 means at once. */
  due_at: number
  waiting_for: WaitCause | ''
  /** Of a redriven delivery; else 0. `requested_at` is then the redrive's time. */
  first_requested_at: number
  /** The run that asked for it, where the event was replayed; else empty. */
  run_id: string
  /** Grows within endpoint and conversation where order counts; else 0. */
  sequence: number
  /** Must be delivered, dead or cancelled before this one is sent. */
  predecessor_id: string | null
  /** What has to be completed by a read before the first try; null when the body is final. */
  preview: DeliveryPreview | null
  /** For an endpoint of kind `response`: the sealed proof that exactly this body was approved for exactly this URL. */
  approval: string | null
  /** The exact bytes that are signed and posted. */
  body: Buffer
}

/** An event that carries too little for its endpoint's filter or body. */
export interface DeliveryPreview {
  account: string
  provider: string
  occurred_at: number
  contact_id: string | null
  client_id: string | null
  payload: Buffer
}

/** One HTTP try of a delivery. */
export interface Attempt {
  tenant: string
  delivery_id: string
  endpoint_id: string
  event_id: string
  event_type: string
  /** 1 for the first try. */
  attempt: number
  /** The delivery's run, where its event was replayed; else empty. */
  run_id: string
  started_at: number
  duration_ms: number
  status_code: number | null
  outcome: 'succeeded' | 'retrying' | 'failed' | 'unknown'
  error_code: string | null
  /** What follows by the class of the failure; empty for a success. */
  plan: string
  next_attempt_at: number | null
  /** How far the try came. */
  phase: string
  address: string | null
  is_reused: boolean
  /** Microseconds of each step; null for one that was not taken. */
  dns_us: number | null
  connect_us: number | null
  tls_us: number | null
  first_byte_us: number | null
  bytes_sent: number
  bytes_received: number
  retry_after_ms: number | null
  /** The answer's body, at most its first 1 KiB. */
  answer: Buffer | null
}

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
  /** Name of a source, id of an endpoint …; null when it is about the tenant. */
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
