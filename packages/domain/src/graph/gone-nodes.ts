import type { KnowledgeNode, KnowledgeRelationship } from '@millrace/schemas'
import { typeOf } from './walk.ts'

/**
 * What stands for the nodes that ended relationships lead from or to and that are no more: the topic keeps nothing of them, so they have their id,
 * their type (which the id begins with), when the relationships were seen, and the property `is_gone`.
 */
export function goneNodes(
  relationships: Iterable<KnowledgeRelationship>,
  known: ReadonlyMap<string, unknown>,
): Map<string, KnowledgeNode> {
  const gone = new Map<string, KnowledgeNode>()
  for (const relationship of relationships) {
    if (relationship.valid_to === null) continue
    for (const id of [relationship.from_id, relationship.to_id]) {
      if (!known.has(id)) gone.set(id, goneNode(id, relationship, gone.get(id)))
    }
  }
  return gone
}

function goneNode(
  id: string,
  { tenant, first_seen, last_seen, client_ids }: KnowledgeRelationship,
  known: KnowledgeNode | undefined,
): KnowledgeNode {
  return {
    tenant,
    id,
    type: typeOf(id),
    label: '',
    properties_json: JSON.stringify({ is_gone: true }),
    same_as: null,
    identities: [],
    client_ids: [...new Set([...(known?.client_ids ?? []), ...client_ids])].sort(),
    first_seen: Math.min(first_seen, known?.first_seen ?? first_seen),
    last_seen: Math.max(last_seen, known?.last_seen ?? last_seen),
    provenance: [],
  }
}
