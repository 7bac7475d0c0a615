import { RECORD_CONTENT_TYPE } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import { type RejectedRequest, topics } from '@millrace/schemas'
import type { Source } from '@millrace/service-kit'
import type { ExplainedRefusal } from './explain-refusal.ts'

/** What waits for Kafka is worth little a moment later. */
const SEND_WITHIN_MS = 5_000

/** Sends the record of a refused request, once: where Kafka does not take it there is still the log line. Never throws, nobody waits. */
export function reportRejected(
  kafka: Pick<Kafka, 'send' | 'isReachable'>,
  refusal: ExplainedRefusal,
  sources: readonly Source[],
): void {
  if (!kafka.isReachable()) return
  const value = rejectedRequest(refusal, sources)
  const headers = {
    ce_specversion: '1.0',
    ce_id: value.webhook_id,
    ce_type: 'webhook.rejected',
    ce_source: encodeURI(value.source),
    ce_time: new Date(value.received_at).toISOString(),
    ce_tenant: value.tenant,
    'content-type': RECORD_CONTENT_TYPE,
    'x-webhook-id': value.webhook_id,
  }
  kafka
    .send(topics.rejected, `${value.tenant}/${value.source}`, value, {
      headers,
      signal: AbortSignal.timeout(SEND_WITHIN_MS),
    })
    .catch(() => {
      // A sample that is lost changes nothing: the request was answered, counted and logged.
    })
}

function rejectedRequest(refusal: ExplainedRefusal, sources: readonly Source[]): RejectedRequest {
  const { webhookId, receivedAt, source, rule, explanation, bodyBytes, address, unsampled } = refusal
  const found = explanation?.mistakes ?? []
  const other = found.find((mistake) => mistake.source !== undefined)?.source
  // The log is the operator's; a record may be read by its tenant, who must not learn of others' sources.
  const isOwn = sources.some(({ name, tenant }) => name === other && tenant === source.tenant)
  const secret = found.find((mistake) => mistake.secretId !== undefined)
  return {
    webhook_id: webhookId,
    tenant: source.tenant,
    account: source.account,
    provider: source.provider,
    source: source.name,
    received_at: receivedAt,
    scheme: explanation?.verdict.scheme ?? '',
    rule,
    mistakes: found.map(({ name }) => name),
    secret_id: secret === undefined || (secret.source !== undefined && !isOwn) ? null : (secret.secretId ?? null),
    secret_source: isOwn ? (other ?? null) : null,
    is_explained: explanation !== undefined,
    body_bytes: bodyBytes,
    address,
    unsampled,
  }
}
