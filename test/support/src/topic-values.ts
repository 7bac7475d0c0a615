import { newDelivery } from '@millrace/domain'
import type { Attempt, ConversationSnapshot, Delivery, EventReplay, WebhookEvent } from '@millrace/schemas'

/** The time of the values below, epoch milliseconds. */
const AT = 1_700_000_000_000

/** A full event of Front about conversation `cnv_1`, as dedup writes it; `changes` name what the test is about. */
export function eventValue(changes: Partial<WebhookEvent> = {}): WebhookEvent {
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
    received_position: 'webhooks.received.v1-0-0',
    reply_to: null,
    content_type: 'application/json',
    payload: Buffer.from('{"id":"evt_1"}'),
    ...changes,
  }
}

/** A replay of an event, as the console writes it; for the group `knowledge-extract` where `changes` name no other target. */
export function replayOf(event: WebhookEvent, changes: Partial<EventReplay> = {}): EventReplay {
  return {
    ...event,
    replay_id: 'rpl_1',
    run_id: `run_${event.event_id}`,
    target_kind: 'group',
    target: 'knowledge-extract',
    keeps_ids: true,
    requested_by: 'usr_1',
    replayed_at: Date.now(),
    ...changes,
  }
}

/** What is known of conversation `cnv_1` after its first event. */
export function snapshotValue(changes: Partial<ConversationSnapshot> = {}): ConversationSnapshot {
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
    fold_json: '{}',
    ...changes,
  }
}

/** Delivery `msg_1` of `evt_1` to endpoint `ep_1`, not tried yet. */
export function deliveryValue(changes: Partial<Delivery> = {}): Delivery {
  const ids = { tenant: 'default', delivery_id: 'msg_1', endpoint_id: 'ep_1', event_id: 'evt_1' }
  const about = { event_type: 'message.received', conversation_id: 'cnv_1', body: Buffer.from('{}') }
  return { ...newDelivery({ ...ids, ...about }, AT + 300), ...changes }
}

/** The first try of that delivery, which succeeded. */
export function attemptValue(changes: Partial<Attempt> = {}): Attempt {
  return {
    tenant: 'default',
    delivery_id: 'msg_1',
    endpoint_id: 'ep_1',
    event_id: 'evt_1',
    about_id: 'cnv_1',
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
    ...changes,
  }
}
