import type { WebhookEvent } from '@millrace/schemas'

/** Media type of the record values: all are Avro, in one of the two encodings of `packages/schemas`. */
export const RECORD_CONTENT_TYPE = 'application/avro'

const LARGEST_DATE_MS = 8.64e15

/**
 * Record headers of an event: CloudEvents 1.0 in binary mode (github.com/cloudevents/spec, Kafka protocol binding) and ours. `ce_time` is left out
 * when the time is no date. `content-type` speaks of the record's value, as CloudEvents asks; the payload's own is the field `content_type`.
 */
export function headersFor(event: WebhookEvent): Record<string, string> {
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: event.event_id,
    ce_type: event.type,
    ce_source: encodeURI(event.source.toWellFormed()),
    ce_tenant: event.tenant,
    'content-type': RECORD_CONTENT_TYPE,
    'x-received-position': event.received_position,
    'x-webhook-id': event.webhook_id,
  }
  if (Math.abs(event.occurred_at) <= LARGEST_DATE_MS) headers.ce_time = new Date(event.occurred_at).toISOString()
  if (event.conversation_id !== null) headers.ce_subject = event.conversation_id
  return headers
}
