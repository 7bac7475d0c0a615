import { randomUUID } from 'node:crypto'
import { describePayload, nameEvent, parseJson, recordKey } from '@millrace/domain'
import type { ReceivedWebhook } from '@millrace/schemas'

let made = 0

/** A name that nobody else has. */
export function fresh(kind: string): string {
  return `${kind}_${randomUUID().slice(0, 8)}${(++made).toString(36)}`
}

/** A received webhook of the default Front source around `payload`. */
export function received(payload: Buffer | object, changes: Partial<ReceivedWebhook> = {}): ReceivedWebhook {
  return {
    webhook_id: randomUUID(),
    tenant: 'default',
    account: 'default',
    provider: 'front',
    source: 'front',
    scheme: 'app',
    origin: 'webhook',
    received_at: Date.now(),
    batch_index: 0,
    batch_size: 1,
    headers: {},
    content_type: 'application/json',
    reply_to: null,
    payload: Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload)),
    ...changes,
  }
}

/** An event as Front's application webhook carries it. */
export function appWebhook(eventId: string, conversation: object, filler = ''): object {
  return {
    type: 'inbound_received',
    authorization: { id: 'cmp_1' },
    payload: { id: eventId, type: 'inbound', emitted_at: 1_700_000_000.5, conversation, filler },
  }
}

/** The same event as a rule webhook or a poll of the Events API brings it. */
export function bareEvent(eventId: string, conversation: object): object {
  return { id: eventId, type: 'inbound', emitted_at: 1_700_000_000.5, conversation }
}

/** A webhook whose identity is the hash of its bytes. */
export function nameless(conversationId: string, text = 'archived'): object {
  return { type: 'conversation.archived', payload: { id: conversationId, subject: text } }
}

/** The record key that the gateway gives it. */
export function keyOf({ tenant, provider, headers, payload, batch_index }: ReceivedWebhook): string {
  const parsed = parseJson(payload)
  const description = describePayload(provider, parsed.ok ? parsed.value : null)
  const identity = nameEvent({ provider, description, headers, bytes: payload, batchIndex: batch_index })
  return recordKey(tenant, description, identity.value)
}
