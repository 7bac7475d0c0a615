import { RECORD_CONTENT_TYPE } from '@millrace/domain'
import type { Kafka, Log } from '@millrace/kafka'
import { type RejectedRequest, topics } from '@millrace/schemas'
import type { Source } from '@millrace/service-kit'
import type { ExplainedRefusal } from './explain-refusal.ts'

/** What waits for Kafka is worth little a moment later. */
const SEND_WITHIN_MS = 5_000

/** Beyond this many under way, further ones are not sent: Kafka is behind, and has better things to take. */
const MAX_UNDER_WAY = 32

/** Sends the record of a refused request, once, and returns at once. Never throws. */
export type RejectionReporter = (refusal: ExplainedRefusal, sources: readonly Source[]) => void

export function createRejectionReporter(
  kafka: Pick<Kafka, 'send' | 'isReachable'>,
  log: Pick<Log, 'info'>,
): RejectionReporter {
  let underWay = 0
  return (refusal, sources) => {
    if (!kafka.isReachable() || underWay >= MAX_UNDER_WAY) return
    const value = rejectedRequest(refusal, sources)
    const signal = AbortSignal.timeout(SEND_WITHIN_MS)
    underWay += 1
    kafka
      .send(topics.rejected, `${value.tenant}/${value.source}`, value, { headers: recordHeaders(value), signal })
      // The request was answered, counted and logged; only the sample is lost.
      .catch((error) => log.info({ error, webhook_id: value.webhook_id }, 'a rejected request was not recorded'))
      .finally(() => {
        underWay -= 1
      })
  }
}

function recordHeaders(value: RejectedRequest): Record<string, string> {
  return {
    ce_specversion: '1.0',
    ce_id: value.webhook_id,
    ce_type: 'webhook.rejected',
    ce_source: encodeURI(value.source),
    ce_time: new Date(value.received_at).toISOString(),
    ce_tenant: value.tenant,
    'content-type': RECORD_CONTENT_TYPE,
    'x-webhook-id': value.webhook_id,
  }
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
