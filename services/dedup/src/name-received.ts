import {
  dedupIdentity,
  describePayload,
  type EventDescription,
  type EventIdentity,
  eventIdOf,
  nameEvent,
  parseJson,
} from '@millrace/domain'
import type { InRecord } from '@millrace/kafka'
import type { ReceivedWebhook, WebhookEvent } from '@millrace/schemas'

/** A received webhook with what it is and who it is. */
export interface NamedWebhook {
  readonly record: InRecord<ReceivedWebhook>
  readonly webhook: ReceivedWebhook
  readonly description: EventDescription
  readonly identity: EventIdentity
  /** The text under which it is claimed. */
  readonly claim: string
  /** Its payload; null when that is no JSON. */
  readonly json: unknown
}

/** Where a source says what its events are and what identifies them; `undefined` for one that is not configured any more. */
export type FieldsOf = (source: string) => EventFields | undefined

interface EventFields {
  readonly eventIdField?: string | undefined
  readonly eventTypeField?: string | undefined
}

/** Describes and names one received webhook. A tombstone or an unreadable payload is still an event of its provider. */
export function nameReceived(
  record: InRecord<ReceivedWebhook>,
  webhook: ReceivedWebhook,
  fieldsOf: FieldsOf,
): NamedWebhook {
  const parsed = parseJson(webhook.payload)
  const json = parsed.ok ? parsed.value : null
  const { eventIdField, eventTypeField } = fieldsOf(webhook.source) ?? {}
  const description = describePayload(webhook.provider, json, { eventTypeField, headers: webhook.headers })
  const identity = nameEvent({
    provider: webhook.provider,
    description,
    headers: webhook.headers,
    bytes: webhook.payload,
    batchIndex: webhook.batch_index,
    rule: { eventIdField },
    json,
  })
  const claim = dedupIdentity(webhook.tenant, webhook.account, webhook.provider, identity)
  return { record, webhook, description, identity, claim, json }
}

/** The event that a webhook becomes when it is the first of its identity. `firstReceivedAt`: epoch milliseconds, from the claim. */
export function eventOf(
  { record, webhook, description, identity }: NamedWebhook,
  firstReceivedAt: number,
): WebhookEvent {
  return {
    event_id: eventIdOf(identity, firstReceivedAt),
    identity: identity.kind,
    tenant: webhook.tenant,
    account: webhook.account,
    provider: webhook.provider,
    source: webhook.source,
    origin: webhook.origin,
    type: description.type,
    priority: description.priority,
    provider_type: description.providerType,
    completeness: description.completeness,
    occurred_at: description.occurredAt ?? webhook.received_at,
    received_at: webhook.received_at,
    webhook_id: webhook.webhook_id,
    conversation_id: description.conversationId,
    contact_id: description.contactId,
    client_id: description.clientId,
    received_position: record.id,
    reply_to: webhook.reply_to,
    content_type: webhook.content_type,
    payload: webhook.payload,
  }
}
