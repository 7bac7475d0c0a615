import type { Endpoint, EndpointState } from '@millrace/schemas'
import { conditionFields, conditionOf } from './endpoint-condition.ts'

/** An endpoint without what is secret, as one JSON object; sealed texts are left out too. */
export function openPart({ secrets, sealed_headers, ...open }: Endpoint) {
  return {
    ...open,
    secrets: secrets.map(({ sealed: _, ...secret }) => secret),
    headers: Object.keys(sealed_headers),
  }
}

/** What may be shown of an endpoint, and how it does. `now`: epoch milliseconds. */
export function viewOf(endpoint: Endpoint, states: ReadonlyMap<string, EndpointState>, now: number) {
  return { ...openPart(endpoint), ...conditionFields(conditionOf(endpoint, states, now)) }
}

export type EndpointView = ReturnType<typeof viewOf>
