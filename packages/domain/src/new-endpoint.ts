import { createHash } from 'node:crypto'
import type { Delivery, Endpoint } from '@millrace/schemas'
import { topicKey } from './event-id.ts'

/** An endpoint with every default, enabled and without secrets. `now`: epoch milliseconds. */
export function newEndpoint(given: Pick<Endpoint, 'tenant' | 'endpoint_id' | 'url'>, now: number): Endpoint {
  return {
    ...given,
    kind: 'general',
    description: '',
    event_types: [],
    conversation_id: null,
    usecase: null,
    workflow_id: null,
    channels: [],
    inboxes: [],
    tags: [],
    payload_filter: null,
    payload: 'message',
    ids: 'uuid',
    secrets: [],
    is_signed: true,
    sealed_headers: {},
    order: 'none',
    retry_delays_ms: [],
    give_up_after_ms: 0,
    max_in_flight: 0,
    max_per_minute: 0,
    timeout_ms: 0,
    consent: 'none',
    is_enabled: true,
    created_at: now,
    updated_at: now,
  }
}

/** What is sealed for an endpoint: a signing secret, or the value of an extra header (its name in lower case). */
export type SealedUse = 'secret' | `header:${string}`

/**
 * What a sealed text of an endpoint is bound to (`belongsTo` of signing's `seal` and `open`): copied to another endpoint, another tenant or another
 * use it does not open. A key of a topic has exactly one first `/`, and a use none, so no two bindings are equal.
 */
export function sealedFor(endpoint: Pick<Endpoint, 'tenant' | 'endpoint_id'>, use: SealedUse): string {
  return `${use}/${topicKey(endpoint.tenant, endpoint.endpoint_id)}`
}

/**
 * What the proof of an approval is bound to (`belongsTo` of signing's `seal` and `open`): these bytes, under this webhook-id, to this URL, of this
 * endpoint. What was altered in any of them since somebody approved it does not open. JSON keeps the parts apart.
 */
export function approvedFor(
  { tenant, endpoint_id, delivery_id, body }: Pick<Delivery, 'tenant' | 'endpoint_id' | 'delivery_id' | 'body'>,
  url: string,
): string {
  const sha256 = createHash('sha256').update(body).digest('hex')
  return `approval/${JSON.stringify([tenant, endpoint_id, delivery_id, url, sha256])}`
}
