import { topicKey } from '@millrace/domain'
import { transient } from '@millrace/kafka'
import type { Delivery } from '@millrace/schemas'
import type { SecretKeys } from '@millrace/signing'
import type { EndpointDirectory } from './endpoint-directory.ts'
import type { DeliveryErrorCode } from './errors.ts'
import type { Tried } from './plan-next.ts'
import type { Posted, Poster } from './post.ts'
import { deliveryHeaders } from './sign-delivery.ts'

/** How long another process may know an endpoint before this one has read it. */
const ENDPOINT_LAG_MS = 10_000

export interface TryParts {
  readonly endpoints: Pick<EndpointDirectory, 'find'>
  readonly keys: SecretKeys
  readonly poster: Pick<Poster, 'post'>
}

/** A try and the endpoint it went to, where there is one. */
export interface TriedAt extends Tried {
  readonly origin: string | null
}

/**
 * Tries a delivery once, to the endpoint as it is now.
 * @throws KafkaError `MR_KAFKA_TRANSIENT` when the fault is ours and may pass; the signal's reason when it aborts
 */
export async function tryDelivery(parts: TryParts, delivery: Delivery, signal: AbortSignal): Promise<TriedAt> {
  const startedAt = Date.now()
  const ended = (posted: Posted, origin: string | null): TriedAt => ({
    startedAt,
    endedAt: Date.now(),
    ...posted,
    origin,
  })
  const endpoint = parts.endpoints.find(topicKey(delivery.tenant, delivery.endpoint_id))
  if (endpoint === 'unknown' && startedAt - delivery.requested_at < ENDPOINT_LAG_MS)
    throw transient(`endpoint ${delivery.endpoint_id} has not been read yet`)
  if (typeof endpoint === 'string') return ended(untried('MR_DELIVERY_ENDPOINT_REMOVED'), null)
  const origin = originOf(endpoint.url)
  if (!endpoint.is_enabled) return ended(untried('MR_DELIVERY_ENDPOINT_DISABLED'), origin)
  const headers = deliveryHeaders(endpoint, delivery, parts.keys, startedAt)
  if (headers === undefined) return ended(untried('MR_DELIVERY_SECRET_UNREADABLE'), origin)
  const posted = await parts.poster.post(endpoint.url, headers, delivery.body, signal)
  if (posted.errorCode === 'MR_DELIVERY_RESOLVER_AWAY') throw transient('no name server answers')
  return ended(posted, origin)
}

function untried(errorCode: DeliveryErrorCode): Posted {
  return { statusCode: null, errorCode }
}

/** What may be logged of a URL: its path and query may be what protects the endpoint. */
function originOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).origin : null
}
