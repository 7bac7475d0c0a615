import type { Kysely } from 'kysely'
import type { Tables } from '../../db/tables.ts'
import {
  type GraphNode,
  type GraphRelationship,
  goneNode,
  nodeColumns,
  nodeOf,
  relationshipColumns,
  relationshipOf,
} from './rows.ts'

export interface StepOptions {
  readonly tenant: string
  /** Also relationships that have ended. */
  readonly hasEnded: boolean
  /** Relationships at most; the last seen first. */
  readonly limit: number
}

/** The relationships that begin or end at any of these nodes. */
export async function relationshipsAt(
  db: Kysely<Tables>,
  ids: readonly string[],
  { tenant, hasEnded, limit }: StepOptions,
): Promise<GraphRelationship[]> {
  if (ids.length === 0 || limit <= 0) return []
  const at = (end: 'from_id' | 'to_id') =>
    db
      .selectFrom('relationships')
      .select(relationshipColumns)
      .where('tenant', '=', tenant)
      .where(end, 'in', ids)
      .$if(!hasEnded, (rows) => rows.where('valid_to', 'is', null))
      .orderBy('last_seen', 'desc')
      .orderBy('id')
      .limit(limit)
      .execute()
  const [out, into] = await Promise.all([at('from_id'), at('to_id')])
  const once = new Map([...out, ...into].map((row) => [row.id, relationshipOf(row)]))
  return [...once.values()].sort((a, b) => b.last_seen - a.last_seen || (a.id < b.id ? -1 : 1))
}

/** The nodes of these ids; what is there no more stands for itself. */
export async function nodesNamed(
  db: Kysely<Tables>,
  tenant: string,
  ids: readonly string[],
  relationships: readonly GraphRelationship[],
): Promise<Map<string, GraphNode>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('nodes')
    .select(nodeColumns)
    .where('tenant', '=', tenant)
    .where('id', 'in', ids)
    .execute()
  const nodes = new Map(rows.map((row) => [row.id, nodeOf(row)]))
  for (const relationship of relationships) {
    for (const id of [relationship.from_id, relationship.to_id]) {
      if (!nodes.has(id) && ids.includes(id)) nodes.set(id, goneNode(id, relationship))
    }
  }
  return nodes
}
