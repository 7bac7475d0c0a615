import type { JsonObject } from '@millrace/domain'
import { fitProperties } from './fit-properties.ts'
import { relationshipId } from './graph-ids.ts'
import { labelOf, type NodeType } from './node-types.ts'
import type { RelationshipType } from './relationship-types.ts'

export interface DraftNode {
  readonly id: string
  readonly type: NodeType
  readonly label: string
  readonly properties: JsonObject
  /** False for what every client's tasks share (a status, a tag): it belongs to no client. */
  readonly isOfClient: boolean
}

export interface DraftRelationship {
  readonly id: string
  readonly type: RelationshipType
  readonly from_id: string
  readonly to_id: string
  readonly properties: JsonObject
}

/** The nodes and relationships that one extraction finds, each once, in the order of finding. */
export interface GraphDraft {
  /** Adds a node, or what was not yet known of one that is there. Returns its id. */
  node(type: NodeType, id: string, properties: JsonObject, options?: { readonly isOfClient?: boolean }): string
  /** Adds a relationship; one that is there already stays as it is. */
  relate(type: RelationshipType, fromId: string, toId: string, properties?: JsonObject): void
  nodes(): DraftNode[]
  relationships(): DraftRelationship[]
}

export function createGraphDraft(): GraphDraft {
  const nodes = new Map<string, Omit<DraftNode, 'label'>>()
  const relationships = new Map<string, DraftRelationship>()
  return {
    node(type, id, properties, { isOfClient = true } = {}) {
      const known = nodes.get(id)
      const merged = { ...properties, ...known?.properties }
      nodes.set(id, { id, type, isOfClient: isOfClient || known?.isOfClient === true, properties: merged })
      return id
    },
    relate(type, fromId, toId, properties = {}) {
      const id = relationshipId(type, fromId, toId)
      if (relationships.has(id)) return
      relationships.set(id, { id, type, from_id: fromId, to_id: toId, properties: fitProperties(properties) })
    },
    nodes: () =>
      [...nodes.values()].map(({ properties, ...node }) => ({
        ...node,
        label: labelOf(node.type, properties),
        properties: fitProperties(properties),
      })),
    relationships: () => [...relationships.values()],
  }
}
