import type { Kysely } from 'kysely'
import type { z } from 'zod'
import type { Tables } from '../../db/tables.ts'
import { found } from '../not-found.ts'
import type { neighbourhood, neighboursQuery } from '../schemas/graph.ts'
import type { GraphRelationship } from './rows.ts'
import { nodesNamed, relationshipsAt } from './step.ts'

type Query = z.infer<typeof neighboursQuery>

/** Relationships to one node among so many nodes that are looked at, at most. */
const EDGES_PER_NODE = 4

/**
 * What lies around a node, step by step, whichever way relationships point; ends at the depth or at the number of nodes asked for.
 * @throws ConsoleError `MR_CONSOLE_NOT_FOUND`
 */
export async function readNeighbours(
  db: Kysely<Tables>,
  tenant: string,
  rootId: string,
  { depth, limit, ended }: Query,
): Promise<z.infer<typeof neighbourhood>> {
  const hasEnded = ended === 'true'
  const depths = new Map([[rootId, 0]])
  const edges = new Map<string, GraphRelationship>()
  const most = limit * EDGES_PER_NODE
  let [frontier, isTruncated] = [[rootId], false]
  for (let step = 1; step <= depth && frontier.length > 0; step++) {
    const rows = await relationshipsAt(db, frontier, { tenant, hasEnded, limit: most - edges.size + 1 })
    const reached: string[] = []
    for (const row of rows) {
      const isNew = [row.from_id, row.to_id].filter((id) => !depths.has(id))
      if (edges.size >= most || depths.size + isNew.length > limit) {
        isTruncated = true
        continue
      }
      edges.set(row.id, row)
      for (const id of isNew) {
        depths.set(id, step)
        reached.push(id)
      }
    }
    frontier = reached
  }
  const relationships = [...edges.values()]
  const nodes = await nodesNamed(db, tenant, [...depths.keys()], relationships)
  found(nodes.get(rootId), 'node')
  return {
    root_id: rootId,
    nodes: [...depths].flatMap(([id, at]) => {
      const node = nodes.get(id)
      return node === undefined ? [] : [{ ...node, depth: at }]
    }),
    relationships: relationships.filter(({ from_id, to_id }) => nodes.has(from_id) && nodes.has(to_id)),
    is_truncated: isTruncated,
  }
}
