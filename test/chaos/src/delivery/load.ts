import { newEndpoint, sealedFor } from '@millrace/domain'
import type { Endpoint, WebhookEvent } from '@millrace/schemas'
import { newSecret, parseSecretKeys, seal } from '@millrace/signing'

/** How an endpoint behaves. */
export type Kind = 'well' | 'slow' | 'shaky' | 'ordered' | 'ordered-shaky'
const kinds: readonly Kind[] = ['well', 'well', 'well', 'slow', 'shaky', 'ordered', 'ordered-shaky', 'ordered']
const CONVERSATIONS = 7

export function kindOf(path: string): Kind {
  return kinds[Number(path.match(/(\d+)$/)?.[1] ?? 0) % kinds.length] ?? 'well'
}

/** Endpoint number `nth`, whose path ends with its number. Failed tries come again soon, and for long. */
export function endpointFor(nth: number, given: { tenant: string; url: string; keys: string }): Endpoint {
  const named = { tenant: given.tenant, endpoint_id: `ep_${nth}`, url: `${given.url}/ep_${nth}` }
  const endpoint = newEndpoint(named, Date.now())
  const secret = {
    id: 'sec_1',
    kind: 'v1' as const,
    sealed: seal(newSecret(), parseSecretKeys(given.keys), sealedFor(endpoint, 'secret')),
    public_key: null,
    created_at: 0,
    not_after: null,
  }
  return {
    ...endpoint,
    secrets: [secret],
    event_types: ['*'],
    payload: 'event',
    order: kindOf(named.url).startsWith('ordered') ? 'conversation' : 'none',
    retry_delays_ms: [4_000, 4_000, 8_000, 8_000, 10_000, 10_000, 10_000, 10_000, 10_000],
  }
}

/** Event number `nth`; its conversation and its number within it can be read from its id. */
export function eventFor(nth: number, tenant: string): WebhookEvent {
  const conversation = `cnv_${nth % CONVERSATIONS}`
  return {
    event_id: `evt_${nth}`,
    identity: 'provider',
    tenant,
    account: tenant,
    provider: 'chaos',
    source: 'chaos',
    origin: 'webhook',
    type: 'chaos.happened',
    priority: 'low',
    provider_type: 'happened',
    completeness: 'full',
    occurred_at: Date.now(),
    received_at: Date.now(),
    webhook_id: `00000000-0000-7000-8000-${String(nth).padStart(12, '0')}`,
    conversation_id: conversation,
    contact_id: null,
    client_id: null,
    received_position: `webhooks.received.v1-0-${nth}`,
    reply_to: null,
    content_type: 'application/json',
    payload: Buffer.from(JSON.stringify({ nth, conversation })),
  }
}
