import { randomUUID } from 'node:crypto'
import type { WebhookEvent } from '@millrace/schemas'
import { eventValue } from '@millrace/test-support'

let made = 0

/** A conversation id that nobody else has. */
export function freshConversation(): string {
  return `cnv_${randomUUID().slice(0, 8)}${(++made).toString(36)}`
}

/** A preview, so that it needs a read. */
export function eventOf(conversationId: string, changes: Partial<WebhookEvent> = {}): WebhookEvent {
  const now = Date.now()
  return eventValue({
    event_id: `evt_${randomUUID().slice(0, 8)}${(++made).toString(36)}`,
    completeness: 'partial',
    occurred_at: now,
    received_at: now,
    webhook_id: randomUUID(),
    conversation_id: conversationId,
    payload: Buffer.from('{}'),
    ...changes,
  })
}
