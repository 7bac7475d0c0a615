import type { Attempt, ConversationSnapshot, Delivery, WebhookEvent } from '@millrace/schemas'

const AT = 1_700_000_000_000

export function eventValue(fields: Partial<WebhookEvent> = {}): WebhookEvent {
  return {
    event_id: 'evt_1',
    identity: 'provider',
    tenant: 'default',
    account: 'default',
    provider: 'front',
    source: 'front',
    origin: 'webhook',
    type: 'message.received',
    priority: 'high',
    provider_type: 'inbound_received',
    completeness: 'full',
    occurred_at: AT,
    received_at: AT + 100,
    webhook_id: '0199f1b0-0000-7000-8000-000000000001',
    conversation_id: 'cnv_1',
    contact_id: null,
    client_id: null,
    received_position: 'webhooks.received.v1-0-1',
    reply_to: null,
    content_type: 'application/json',
    payload: Buffer.from('{"id":"evt_1"}'),
    ...fields,
  }
}

export function snapshotValue(fields: Partial<ConversationSnapshot> = {}): ConversationSnapshot {
  return {
    tenant: 'default',
    account: 'default',
    conversation_id: 'cnv_1',
    state: 'live',
    merged_into: null,
    completeness: 'full',
    as_of: AT + 200,
    caused_by: ['evt_1'],
    pending: [],
    is_first: true,
    subject: 'A question',
    status: 'unassigned',
    assignee: null,
    recipient: null,
    tags: [],
    custom_fields_json: '{}',
    created_at: AT,
    messages: [],
    comments: [],
    has_more: false,
    fold_json: '{"internal":true}',
    ...fields,
  }
}

export function deliveryValue(fields: Partial<Delivery> = {}): Delivery {
  return {
    tenant: 'default',
    delivery_id: 'msg_1',
    endpoint_id: 'ep_1',
    event_id: 'evt_1',
    event_type: 'message.received',
    conversation_id: 'cnv_1',
    requested_at: AT + 300,
    attempts: 0,
    not_before: 0,
    due_at: 0,
    waiting_for: '',
    first_requested_at: 0,
    run_id: '',
    sequence: 0,
    predecessor_id: null,
    approval: null,
    preview: null,
    body: Buffer.from('{}'),
    ...fields,
  }
}

export function attemptValue(fields: Partial<Attempt> = {}): Attempt {
  return {
    tenant: 'default',
    delivery_id: 'msg_1',
    endpoint_id: 'ep_1',
    event_id: 'evt_1',
    event_type: 'message.received',
    attempt: 1,
    run_id: '',
    started_at: AT + 400,
    duration_ms: 20,
    status_code: 204,
    outcome: 'succeeded',
    error_code: null,
    plan: '',
    next_attempt_at: null,
    phase: 'done',
    address: '127.0.0.1',
    is_reused: false,
    dns_us: null,
    connect_us: 100,
    tls_us: null,
    first_byte_us: 900,
    bytes_sent: 300,
    bytes_received: 100,
    retry_after_ms: null,
    answer: Buffer.from('ok'),
    ...fields,
  }
}
