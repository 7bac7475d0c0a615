import {
  type Batch,
  type BatchItem,
  describePayload,
  nameEvent,
  RECORD_CONTENT_TYPE,
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
  /** Under which a synchronous answer to this event is stored. */
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
    headers: recordHeaders(value, description.type, description.conversationId),
    replyKey: replyKey(source, identity),
    windowMs: identity.windowMs,
  }
}

/** CloudEvents headers in binary mode, as on every record. Events of one array need ids of their own there. */
function recordHeaders(value: ReceivedWebhook, type: string, conversationId: string | null): Record<string, string> {
  const { webhook_id, batch_size, batch_index } = value
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: batch_size > 1 ? `${webhook_id}/${batch_index}` : webhook_id,
    ce_type: type,
    ce_source: encodeURI(value.source),
    ce_time: isoTime(value.received_at),
    ce_tenant: value.tenant,
  }
  if (conversationId !== null) headers.ce_subject = conversationId
  headers['content-type'] = RECORD_CONTENT_TYPE
  headers['x-webhook-id'] = webhook_id
  return headers
}

let lastMs = Number.NaN
let lastTime = ''

/** Requests of the same millisecond share one text. */
function isoTime(ms: number): string {
  if (ms !== lastMs) {
    lastTime = new Date(ms).toISOString()
    lastMs = ms
  }
  return lastTime
}
