import {
  type Batch,
  type BatchItem,
  describePayload,
  nameEvent,
  receivedHeaders,
  recordKey,
  replyKey,
} from '@millrace/domain'
import type { ReceivedWebhook } from '@millrace/schemas'
import type { Source } from '@millrace/service-kit'

/** A verified request whose body could be read. */
export interface VerifiedRequest {
  readonly webhookId: string
  readonly source: Source
  readonly scheme: string
  /** Epoch milliseconds. */
  readonly receivedAt: number
  /** Chosen ones only. */
  readonly headers: Readonly<Record<string, string>>
  readonly batch: Batch
  /** Redis channel on which the caller waits. */
  readonly replyTo: string | null
}

/** One record for `webhooks.received`. */
export interface ReceivedRecord {
  readonly key: string
  readonly value: ReceivedWebhook
  readonly headers: Readonly<Record<string, string>>
  /** Under which a synchronous answer to this event is stored; empty where nobody waits for one. */
  readonly replyKey: string
  /** Milliseconds after the first receipt for which a repeat is the same event. */
  readonly windowMs: number
}

/** The records of a request, one an event, in the order of the body. */
export function receivedRecords(request: VerifiedRequest): ReceivedRecord[] {
  return request.batch.items.map((item) => receivedRecord(request, item))
}

function receivedRecord(request: VerifiedRequest, item: BatchItem): ReceivedRecord {
  const { source, webhookId, headers, receivedAt } = request
  const description = describePayload(source.provider, item.json, { eventTypeField: source.eventTypeField, headers })
  const identity = nameEvent({
    provider: source.provider,
    description,
    headers,
    bytes: item.bytes,
    batchIndex: item.index,
    rule: { eventIdField: source.eventIdField },
    json: item.json,
  })
  const value: ReceivedWebhook = {
    webhook_id: webhookId,
    tenant: source.tenant,
    account: source.account,
    provider: source.provider,
    source: source.name,
    scheme: request.scheme,
    origin: 'webhook',
    received_at: receivedAt,
    batch_index: item.index,
    batch_size: request.batch.items.length,
    headers,
    content_type: headers['content-type'] ?? '',
    reply_to: request.replyTo,
    payload: item.bytes,
  }
  return {
    key: recordKey(source.tenant, description, identity.value),
    value,
    headers: receivedHeaders(value, description.type, description.conversationId),
    replyKey: source.isSynchronous ? replyKey(source, identity) : '',
    windowMs: identity.windowMs,
  }
}
