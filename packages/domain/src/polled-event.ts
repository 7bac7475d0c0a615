import type { ReceivedWebhook } from '@millrace/schemas'
import { describePayload } from './describe-payload.ts'
import { recordKey } from './event-id.ts'
import { nameEvent } from './name-event.ts'
import { receivedHeaders } from './received-headers.ts'
import { uuidv7 } from './uuid.ts'

/** Whose event list was read, and under which source's name its events go on. */
export interface PolledFor {
  readonly tenant: string
  readonly account: string
  readonly source: string
}

/** One event of a provider's event list, as it goes into `webhooks.received`. */
export interface PolledEvent {
  readonly key: string
  readonly value: ReceivedWebhook
  readonly headers: Readonly<Record<string, string>>
  /** What identifies it, equal to that of its webhook: Front's `evt_` id. */
  readonly identity: string
  /** Epoch milliseconds by the provider's clock; null when it says none. */
  readonly occurredAt: number | null
  readonly conversationId: string | null
}

/**
 * What an event of Front's event list becomes: the same record as its webhook makes, with origin `poll`, so that dedup takes both for one event and
 * both have one key. `bytes` are the event's own as the list had them, `json` the same parsed; `receivedAt`: when it was read, epoch milliseconds.
 */
export function polledEvent(owner: PolledFor, bytes: Buffer, json: unknown, receivedAt: number): PolledEvent {
  const description = describePayload('front', json)
  const identity = nameEvent({ provider: 'front', description, headers: {}, bytes, batchIndex: 0 })
  const value: ReceivedWebhook = {
    webhook_id: uuidv7(),
    tenant: owner.tenant,
    account: owner.account,
    provider: 'front',
    source: owner.source,
    // Read with our own token over TLS: there is no signature to verify.
    scheme: 'api',
    origin: 'poll',
    received_at: receivedAt,
    batch_index: 0,
    batch_size: 1,
    headers: {},
    content_type: 'application/json',
    reply_to: null,
    payload: bytes,
  }
  return {
    key: recordKey(owner.tenant, description, identity.value),
    value,
    headers: receivedHeaders(value, description.type, description.conversationId),
    identity: identity.value,
    occurredAt: description.occurredAt,
    conversationId: description.conversationId,
  }
}
