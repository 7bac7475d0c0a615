import { RECORD_CONTENT_TYPE, topicKey } from '@millrace/domain'
import type { OutRecord } from '@millrace/kafka'
import { type KnowledgeNode, type KnowledgeRelationship, topics } from '@millrace/schemas'
import { fitProperties } from './fit-properties.ts'
import type { GraphState } from './graph-state.ts'
import { labelOf } from './node-types.ts'

/** The record of the compacted topic for a state: under the key of the observations, so that the partition is the same. */
export function publishState(state: GraphState): OutRecord<unknown> {
  const isNode = state.subject === 'node'
  return {
    topic: isNode ? topics.nodes : topics.relationships,
    key: topicKey(state.tenant, state.id),
    value: isNode ? nodeOf(state) : relationshipOf(state),
    headers: headersOf(state),
  }
}

/** Null for a node that no longer is. */
function nodeOf(state: GraphState): KnowledgeNode | null {
  if (state.retracted_at !== null) return null
  const { tenant, id, type } = state
  return { tenant, id, type, label: labelOf(type, state.properties), ...seenOf(state) }
}

/** Null for one whose ends nobody has named. */
function relationshipOf(state: GraphState): KnowledgeRelationship | null {
  const { tenant, id, type, from_id, to_id } = state
  if (from_id === null || to_id === null) return null
  return { tenant, id, type, from_id, to_id, ...seenOf(state), valid_to: state.retracted_at }
}

function seenOf(state: GraphState) {
  return {
    properties_json: JSON.stringify(fitProperties(state.properties)),
    client_ids: [...state.client_ids],
    first_seen: state.first_seen,
    last_seen: state.last_seen,
    provenance: [...state.provenance],
  }
}

function headersOf(state: GraphState): Record<string, string> {
  const [newest] = state.provenance
  return {
    ce_specversion: '1.0',
    ce_id: `${newest?.event_id ?? ''}/${state.id}`,
    ce_type: state.subject === 'node' ? 'millrace.knowledge.node' : 'millrace.knowledge.relationship',
    ce_source: 'knowledge-graph',
    ce_tenant: state.tenant,
    'content-type': RECORD_CONTENT_TYPE,
  }
}
