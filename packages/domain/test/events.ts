import type { WebhookEvent } from '@millrace/schemas'
import { describePayload, eventIdOf, nameEvent, parseJson } from '../src/index.ts'
import { fixture } from './fixtures.ts'

const RECEIVED_AT = 1_700_000_000_000

/** The event that dedup would publish for these bytes. */
export function eventOf(payload: Buffer, provider = 'front'): WebhookEvent {
  const parsed = parseJson(payload)
  const description = describePayload(provider, parsed.ok ? parsed.value : null)
  const identity = nameEvent({ provider, description, headers: {}, bytes: payload, batchIndex: 0 })
  return {
    event_id: eventIdOf(identity, RECEIVED_AT),
    identity: identity.kind,
    tenant: 'acme',
    account: 'acme',
    provider,
    source: `${provider}-support`,
    origin: 'webhook',
    type: description.type,
    priority: description.priority,
    provider_type: description.providerType,
    completeness: description.completeness,
    occurred_at: description.occurredAt ?? RECEIVED_AT,
    received_at: RECEIVED_AT,
    webhook_id: '018f0000-0000-7000-8000-000000000000',
    conversation_id: description.conversationId,
    contact_id: description.contactId,
    client_id: description.clientId,
    received_position: 'webhooks.received.v1-0-7',
    reply_to: null,
    content_type: 'application/json',
    payload,
  }
}

export function webhookEvent(file: string, provider = 'front'): WebhookEvent {
  return eventOf(fixture(file), provider)
}

/** An event whose payload is this JSON. */
export function eventFrom(json: unknown, provider = 'front'): WebhookEvent {
  return eventOf(Buffer.from(JSON.stringify(json)), provider)
}
