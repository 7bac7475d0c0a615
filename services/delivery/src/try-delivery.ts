import { extraHeaderProblem, topicKey } from '@millrace/domain'
import { classify } from '@millrace/kafka'
import type { Delivery, Endpoint } from '@millrace/schemas'
import type { SecretKeys } from '@millrace/signing'
import { approvalProblem } from './check-approval.ts'
import type { EndpointDirectory } from './endpoint-directory.ts'
import type { TryErrorCode } from './error-classes.ts'
import type { Grant } from './grants.ts'
import type { Poster } from './post.ts'
import { rateLimitHeaders } from './rate-limit-headers.ts'
import { deliveryHeaders } from './sign-delivery.ts'
import { notPosted, type Posted, type Tried } from './tried.ts'

/** How long another process may know an endpoint before this one has read it. */
const ENDPOINT_LAG_MS = 10_000

export interface TryParts {
  readonly endpoints: Pick<EndpointDirectory, 'find'>
  readonly keys: SecretKeys
  readonly poster: Pick<Poster, 'post'>
}

/**
 * Tries a delivery once, to the endpoint as it is now. Whatever goes wrong is in the result: `errorClasses` says what follows from it and whether the
 * endpoint is charged with it.
 * @throws bugs alone
 */
export async function tryDelivery(
  parts: TryParts,
  delivery: Delivery,
  signal: AbortSignal,
  grant?: Grant,
): Promise<Tried> {
  const startedAt = Date.now()
  const endpoint = parts.endpoints.find(topicKey(delivery.tenant, delivery.endpoint_id))
  const origin = typeof endpoint === 'string' ? null : originOf(endpoint.url)
  const posted = await postTo(endpoint, parts, delivery, { startedAt, signal, grant })
  return { ...posted, startedAt, endedAt: Date.now(), origin }
}

async function postTo(
  endpoint: ReturnType<TryParts['endpoints']['find']>,
  { keys, poster }: TryParts,
  delivery: Delivery,
  { startedAt, signal, grant }: { startedAt: number; signal: AbortSignal; grant: Grant | undefined },
): Promise<Posted> {
  if (endpoint === 'unknown' && startedAt - delivery.requested_at < ENDPOINT_LAG_MS)
    return notPosted('MR_DELIVERY_ENDPOINT_UNREAD')
  if (typeof endpoint === 'string') return notPosted('MR_DELIVERY_ENDPOINT_REMOVED')
  if (!endpoint.is_enabled) return notPosted('MR_DELIVERY_ENDPOINT_DISABLED')
  const unapproved = approvalProblem(endpoint, delivery, keys)
  if (unapproved !== undefined) return notPosted(unapproved)
  const headers = headersOf(endpoint, delivery, keys, startedAt)
  if (typeof headers === 'string') return notPosted(headers)
  const target = {
    url: endpoint.url,
    owner: topicKey(endpoint.tenant, endpoint.endpoint_id),
    timeoutMs: endpoint.timeout_ms,
    // A callback URL comes with its conversation config, which is its owner's consent.
    asksConsent: endpoint.consent === 'required' && endpoint.kind !== 'config',
  }
  return poster.post(target, { ...headers, ...rateLimitHeaders(grant) }, delivery.body, signal)
}

function headersOf(
  endpoint: Endpoint,
  delivery: Delivery,
  keys: SecretKeys,
  now: number,
): Record<string, string> | TryErrorCode {
  try {
    const headers = deliveryHeaders(endpoint, delivery, keys, now)
    if (headers === undefined) return 'MR_DELIVERY_SECRET_UNREADABLE'
    // It may have been saved under other rules.
    const isRefused = (name: string) => extraHeaderProblem(name, headers[name] ?? '') !== undefined
    return Object.keys(endpoint.sealed_headers).some(isRefused) ? 'MR_DELIVERY_HEADERS_REFUSED' : headers
  } catch (error) {
    if (classify(error).kind === 'transient') return 'MR_DELIVERY_SECRET_KEY_MISSING'
    throw error
  }
}

/** What may be logged of a URL: its path and query may be what protects the endpoint. */
function originOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).origin : null
}
