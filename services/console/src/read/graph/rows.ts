import type { z } from 'zod'
import type { NodesTable, RelationshipsTable } from '../../db/knowledge-tables.ts'
import { withOpened } from '../../db/sealed.ts'
import type { graphNode, graphRelationship } from '../schemas/graph.ts'

export type GraphNode = z.infer<typeof graphNode>
export type GraphRelationship = z.infer<typeof graphRelationship>

export const nodeColumns = [
  'id',
  'type',
  'label',
  'properties',
  'sealed',
  'same_as',
  'client_ids',
  'first_seen',
  'last_seen',
] as const satisfies readonly (keyof NodesTable)[]

export const relationshipColumns = [
  'id',
  'type',
  'from_id',
  'to_id',
  'properties',
  'sealed',
  'client_ids',
  'first_seen',
  'last_seen',
  'valid_to',
] as const satisfies readonly (keyof RelationshipsTable)[]

type NodeRow = Pick<NodesTable, (typeof nodeColumns)[number]>
type RelationshipRow = Pick<RelationshipsTable, (typeof relationshipColumns)[number]>

export function nodeOf(row: Omit<NodeRow, 'sealed'> & Partial<NodeRow>): GraphNode {
  const { provenance: _, ...node } = withOpened({ sealed: null, provenance: undefined, ...row })
  return { ...node, properties: propertiesOf(node.properties), is_gone: false }
}

export function relationshipOf(row: RelationshipRow): GraphRelationship {
  const { provenance: _, ...relationship } = withOpened({ provenance: undefined, ...row })
  return { ...relationship, properties: propertiesOf(relationship.properties) }
}

/** What stands for a node that an ended relationship leads to and that is no more. */
export function goneNode(id: string, { client_ids, first_seen, last_seen }: GraphRelationship): GraphNode {
  const type = id.slice(0, Math.max(0, id.indexOf(':')))
  return { id, type, label: '', properties: {}, same_as: null, client_ids, first_seen, last_seen, is_gone: true }
}

function propertiesOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : { value }
}
