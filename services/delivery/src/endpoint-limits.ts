import { topicKey } from '@millrace/domain'
import type { Table } from '@millrace/kafka'
import type { Endpoint } from '@millrace/schemas'
import type { Limits } from './grants.ts'

/** What each endpoint may have: its own settings, else the service's. */
export interface EndpointLimits {
  limitsOf(endpoint: Endpoint): Limits
  /** How long a try of it may be open, and a little more. Milliseconds. */
  leaseMsOf(endpoint: Pick<Endpoint, 'timeout_ms'>): number
  /** The longest of any endpoint that was ever met. */
  longestLeaseMs(): number
  /** The endpoint itself allows no more than this (`WebHook-Allowed-Rate`). */
  allow(key: string, perMinute: number): void
}

/** What a lease is longer than the try's time-out by: resolving, signing, a busy process. */
const LEASE_MARGIN_MS = 5_000

/** `table`: the endpoints, read to their end. */
export function createEndpointLimits(
  table: Pick<Table<Endpoint>, 'entries' | 'onChange'>,
  defaults: { readonly limits: Limits; readonly timeoutMs: number },
): EndpointLimits {
  const allowed = new Map<string, number>()
  const leaseMsOf = ({ timeout_ms }: Pick<Endpoint, 'timeout_ms'>) =>
    (timeout_ms || defaults.timeoutMs) + LEASE_MARGIN_MS
  let longest = leaseMsOf({ timeout_ms: 0 })
  // It never gets shorter: what was begun under a longer one may still be open.
  const meet = (endpoint: Endpoint) => {
    longest = Math.max(longest, leaseMsOf(endpoint))
  }
  for (const [, endpoint] of table.entries()) meet(endpoint)
  table.onChange((key, endpoint) => {
    if (endpoint === undefined) allowed.delete(key)
    else meet(endpoint)
  })
  return {
    limitsOf(endpoint) {
      const own = endpoint.max_per_minute || defaults.limits.perMinute
      const asked = allowed.get(topicKey(endpoint.tenant, endpoint.endpoint_id))
      return {
        inFlight: endpoint.max_in_flight || defaults.limits.inFlight,
        perMinute: asked === undefined ? own : Math.max(1, Math.min(own, asked)),
      }
    },
    leaseMsOf,
    longestLeaseMs: () => longest,
    allow: (key, perMinute) => void allowed.set(key, perMinute),
  }
}
