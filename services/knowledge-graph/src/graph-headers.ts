import type { GraphState } from './graph-state.ts'
import { cloudEvent } from './observations.ts'

/** Headers of a record that a node's owner writes. */
export function graphHeaders(
  { tenant, id, provenance: [newest] }: GraphState,
  what: string,
  type: string,
): Record<string, string> {
  return cloudEvent(tenant, `${newest?.event_id ?? ''}/${id}/${what}`, type)
}
