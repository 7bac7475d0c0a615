import { asObject, type JsonObject } from '@millrace/domain'
import type { KnowledgeNode, KnowledgeObservation, KnowledgeRelationship, Provenance } from '@millrace/schemas'

/** What is known of one node or relationship. It says no more than its record in the compacted topic, so it can be read back from there. */
export interface GraphState {
  readonly tenant: string
  readonly id: string
  readonly subject: 'node' | 'relationship'
  readonly type: string
  readonly from_id: string | null
  readonly to_id: string | null
  readonly properties: JsonObject
  readonly client_ids: readonly string[]
  readonly first_seen: number
  readonly last_seen: number
  /** Since when it no longer holds; null while it does. */
  readonly retracted_at: number | null
  /** Newest first; never empty. */
  readonly provenance: readonly Provenance[]
}

/** What one observation says, as a state of its own. */
export function stateOfObservation(observation: KnowledgeObservation): GraphState {
  const { event_id, extractor, extractor_version, observed_at } = observation
  const properties = readProperties(observation.properties_json)
  const source = { event_id, extractor, extractor_version, observed_at, properties: Object.keys(properties) }
  return {
    ...identityOf(observation),
    subject: observation.subject === 'node' ? 'node' : 'relationship',
    from_id: observation.from_id,
    to_id: observation.to_id,
    properties,
    client_ids: observation.client_id === null ? [] : [observation.client_id],
    first_seen: observed_at,
    last_seen: observed_at,
    retracted_at: observation.is_retracted ? observed_at : null,
    provenance: [source],
  }
}

/** The state that a published node stands for. */
export function stateOfNode(node: KnowledgeNode): GraphState {
  return { ...seenOf(node), subject: 'node', from_id: null, to_id: null, retracted_at: null }
}

/** The state that a published relationship stands for. */
export function stateOfRelationship(relationship: KnowledgeRelationship): GraphState {
  const { from_id, to_id, valid_to } = relationship
  return { ...seenOf(relationship), subject: 'relationship', from_id, to_id, retracted_at: valid_to }
}

/** @throws SyntaxError for a text that is no JSON, which no extractor writes. */
function readProperties(json: string): JsonObject {
  const properties = asObject(JSON.parse(json)) ?? {}
  return Object.fromEntries(Object.entries(properties).sort(byName))
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function identityOf({ tenant, id, type }: { tenant: string; id: string; type: string }) {
  return { tenant, id, type }
}

function seenOf(value: KnowledgeNode | KnowledgeRelationship) {
  const { client_ids, first_seen, last_seen, provenance } = value
  return {
    ...identityOf(value),
    properties: readProperties(value.properties_json),
    client_ids,
    first_seen,
    last_seen,
    provenance,
  }
}

/** JSON bytes of a state, for Redis and for telling whether two are equal. */
export function encodeState(state: GraphState): string {
  return JSON.stringify(state)
}

export function decodeState(bytes: Buffer): GraphState {
  return JSON.parse(bytes.toString('utf8')) as GraphState
}
