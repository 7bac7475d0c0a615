import { randomUUID } from 'node:crypto'
import { newEndpoint, sealedFor } from '@millrace/domain'
import type { InRecord } from '@millrace/kafka'
import type { Delivery, Endpoint, EndpointSecret, WebhookEvent } from '@millrace/schemas'
import { publicKeyOf, type SecretKeys, seal } from '@millrace/signing'
import { deliveryValue, eventValue, fixture } from '@millrace/test-support'

/** A message that came in, as dedup writes it. */
export function messageEvent(changes: Partial<WebhookEvent> = {}): WebhookEvent {
  return eventValue({
    event_id: `evt_${randomUUID().slice(0, 8)}`,
    received_at: Date.now(),
    webhook_id: randomUUID(),
    conversation_id: 'cnv_55c8c149',
    payload: fixture('front/app-webhook.inbound_received.json'),
    ...changes,
  })
}

export function endpointOf(changes: Partial<Endpoint> = {}): Endpoint {
  const named = { tenant: 'default', endpoint_id: `ep_${randomUUID()}`, url: 'https://customer.example/hooks' }
  return { ...newEndpoint(named, 0), ...changes }
}

/** A secret of an endpoint, as the CLI stores it. */
export function secretOf(
  of: Pick<Endpoint, 'tenant' | 'endpoint_id'>,
  secret: string,
  keys: SecretKeys,
): EndpointSecret {
  return {
    id: `sec_${randomUUID()}`,
    kind: secret.startsWith('whsk_') ? 'v1a' : 'v1',
    sealed: seal(secret, keys, sealedFor(of, 'secret')),
    public_key: secret.startsWith('whsk_') ? publicKeyOf(secret) : null,
    created_at: 0,
    not_after: null,
  }
}

export function deliveryOf(changes: Partial<Delivery> = {}): Delivery {
  return deliveryValue({ requested_at: 1_000, ...changes })
}

export function recordOf<V>(value: V | null, key = 'default/x'): InRecord<V> {
  return { topic: 't', partition: 0, offset: 0n, id: 't-0-0', key, value, headers: new Map(), timestamp: 0 }
}
