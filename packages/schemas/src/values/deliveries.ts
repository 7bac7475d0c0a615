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
  /** Whose data key encrypts the record: id of the conversation, else of the contact, client or event. */
  about_id: string | null
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
  /** Whose data key encrypts the record: id of the conversation, else of the contact, client or event. */
  about_id: string | null
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
