import { randomUUID } from 'node:crypto'
import type { WebhookEvent } from '@millrace/schemas'

let made = 0

/** A conversation id that nobody else has. */
export function freshConversation(): string {
  return `cnv_${randomUUID().slice(0, 8)}${(++made).toString(36)}`
}

export function eventOf(conversationId: string, changes: Partial<WebhookEvent> = {}): WebhookEvent {
  const now = Date.now()
  return {
    event_id: `evt_${randomUUID().slice(0, 8)}${(++made).toString(36)}`,
    identity: 'provider',
    tenant: 'default',
    account: 'default',
    provider: 'front',
    source: 'front',
    origin: 'webhook',
    type: 'message.received',
    priority: 'high',
    provider_type: 'inbound',
    completeness: 'partial',
    occurred_at: now,
    received_at: now,
    webhook_id: randomUUID(),
    conversation_id: conversationId,
    contact_id: null,
    client_id: null,
    received_position: 'webhooks.received.v1-0-0',
    reply_to: null,
    content_type: 'application/json',
    payload: Buffer.from('{}'),
    ...changes,
  }
}
