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
