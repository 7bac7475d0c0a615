import { RECORD_CONTENT_TYPE, topicKey } from '@millrace/domain'
import { type OutRecord, output } from '@millrace/kafka'
import { type KnowledgeObservation, type ObservedRelationship, topics } from '@millrace/schemas'
import type { Extractor, Graph } from './extractor.ts'
import type { DraftNode, DraftRelationship } from './graph-draft.ts'
import { byText, statedId } from './graph-state.ts'
import { ruleOf } from './relationship-types.ts'

/** What an extraction was made of: an event, or a snapshot. */
export interface Observed {
  readonly tenant: string
  /** Id of the event or snapshot. */
  readonly id: string
  /** Id of the conversation, contact, client or event that it is about (`aboutOf`). */
  readonly aboutId: string
  readonly clientId: string | null
  /** When it was so, epoch milliseconds. */
  readonly at: number
}

/** Room for relationships in one record; a node with more is observed in several. */
const MAX_RELATIONSHIP_BYTES = 393_216

type Seen = Omit<KnowledgeObservation, 'id' | 'type' | 'label' | 'properties_json' | 'client_id'>

/** A record for each node, with the relationships that the node itself states, and for each other id of a person. */
export function observationsOf(
  of: Observed,
  extractor: Extractor,
  extractionId: string,
  graph: Graph,
): OutRecord<unknown>[] {
  const seen: Seen = {
    tenant: of.tenant,
    subject: 'node',
    standing: '',
    same_as: [],
    supported_by: [],
    sections: [],
    relationships: [],
    spans: [],
    event_id: of.id,
    about_id: of.aboutId,
    extraction_id: extractionId,
    extractor: extractor.name,
    extractor_version: extractor.version,
    observed_at: of.at,
    message_json: '{}',
  }
  const stated = graph.relationships.map(statedOf)
  const byOwner = Map.groupBy(stated, ({ owner }) => owner)
  const byOther = Map.groupBy(stated, ({ relationship }) => relationship.other_id)
  return graph.nodes.flatMap((node) => {
    const own = byOwner.get(node.id) ?? []
    const named = byOther.get(node.id) ?? []
    const values = observe(seen, of, node, own, named)
    return values.map((value) => recordOf(extractionId, value))
  })
}

interface Stated {
  readonly owner: string
  readonly relationship: ObservedRelationship
}

function statedOf({ type, from_id, to_id, properties, spans }: DraftRelationship): Stated {
  const [owner, other_id] = ruleOf(type).statedBy === 'to' ? [to_id, from_id] : [from_id, to_id]
  return { owner, relationship: { type, other_id, properties_json: JSON.stringify(properties), spans: [...spans] } }
}

function observe(
  seen: Seen,
  of: Observed,
  node: DraftNode,
  own: readonly Stated[],
  named: readonly Stated[],
): KnowledgeObservation[] {
  const singles = own.map(({ relationship }) => relationship.type).filter((type) => ruleOf(type).isSingle === true)
  const [first = [], ...rest] = inParts(own.map(({ relationship }) => relationship))
  const empty = { ...seen, id: node.id, type: node.type, label: '', properties_json: '{}', client_id: null }
  const whole: KnowledgeObservation = {
    ...empty,
    label: node.label,
    properties_json: JSON.stringify(node.properties),
    client_id: node.isOfClient ? of.clientId : null,
    standing: node.standing,
    same_as: [...node.identities],
    supported_by: named.flatMap(({ owner, relationship: { type, spans } }) =>
      byText(spans).map(([field]) => statedId(type, owner, node.id, field)),
    ),
    sections: [...new Set([...node.sections, ...singles])].sort(),
    relationships: first,
    spans: named.flatMap(({ owner, relationship: { spans } }) =>
      spans.map((span) => ({ ...span, field: `${owner}#${span.field}` })),
    ),
  }
  return [
    whole,
    ...rest.map((relationships) => ({ ...empty, client_id: whole.client_id, relationships })),
    ...node.identities.map((id) => ({ ...empty, id, same_as: [node.id] })),
  ]
}

function inParts(relationships: readonly ObservedRelationship[]): ObservedRelationship[][] {
  const parts: ObservedRelationship[][] = []
  let room = 0
  for (const relationship of relationships) {
    const size = Buffer.byteLength(JSON.stringify(relationship))
    if (room < size) {
      parts.push([])
      room = MAX_RELATIONSHIP_BYTES
    }
    parts.at(-1)?.push(relationship)
    room -= size
  }
  return parts
}

function recordOf(extractionId: string, value: KnowledgeObservation): OutRecord<unknown> {
  const headers = cloudEvent(value.tenant, `${extractionId}/${value.id}`, 'millrace.knowledge.observed')
  return output({ topic: topics.observations, key: topicKey(value.tenant, value.id), value, headers })
}

/** CloudEvents headers in binary mode, as on every record. */
export function cloudEvent(tenant: string, id: string, type: string): Record<string, string> {
  return {
    ce_specversion: '1.0',
    ce_id: id,
    ce_type: type,
    ce_source: 'knowledge-graph',
    ce_tenant: tenant,
    'content-type': RECORD_CONTENT_TYPE,
  }
}
