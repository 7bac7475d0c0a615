import type { ReceivedWebhook } from '@millrace/schemas'
import { RECORD_CONTENT_TYPE } from './event-headers.ts'

/**
 * Record headers of `webhooks.received`: CloudEvents 1.0 in binary mode and ours. Events of one array need ids of their own there. `type` is the
 * canonical one, `conversationId` null where the event has none.
 */
export function receivedHeaders(
  value: Pick<ReceivedWebhook, 'webhook_id' | 'tenant' | 'source' | 'received_at' | 'batch_index' | 'batch_size'>,
  type: string,
  conversationId: string | null,
): Record<string, string> {
  const { webhook_id, batch_size, batch_index } = value
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: batch_size > 1 ? `${webhook_id}/${batch_index}` : webhook_id,
    ce_type: type,
    ce_source: uriOf(value.source),
    ce_time: isoTime(value.received_at),
    ce_tenant: value.tenant,
  }
  if (conversationId !== null) headers.ce_subject = conversationId
  headers['content-type'] = RECORD_CONTENT_TYPE
  headers['x-webhook-id'] = webhook_id
  return headers
}

let lastSource = ''
let lastUri = ''

/** Records of the same source share one text. */
function uriOf(source: string): string {
  if (source !== lastSource) {
    lastUri = encodeURI(source)
    lastSource = source
  }
  return lastUri
}

let lastMs = Number.NaN
let lastTime = ''

/** Records of the same millisecond share one text. */
function isoTime(ms: number): string {
  if (ms !== lastMs) {
    lastTime = new Date(ms).toISOString()
    lastMs = ms
  }
  return lastTime
}
