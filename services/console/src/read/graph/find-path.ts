import type { Kysely } from 'kysely'
import type { z } from 'zod'
import type { Tables } from '../../db/tables.ts'
import { found } from '../not-found.ts'
import type { graphPath, pathQuery } from '../schemas/graph.ts'
import type { GraphNode, GraphRelationship } from './rows.ts'
import { nodesNamed, relationshipsAt } from './step.ts'

/** Relationships that one search looks at. A hub, such as a status, may have thousands. */
const MAX_EDGES = 5_000
const PER_STEP = 1_000

/** How each node was reached from one end; null for the end itself. */
type Reached = Map<string, { readonly from: string; readonly by: GraphRelationship } | null>

/**
 * A shortest way between two nodes, whichever way relationships point. It is looked for from both ends, the smaller front first.
 * @throws ConsoleError `MR_CONSOLE_NOT_FOUND` where one of the ends is no node
 */
export async function findPath(
  db: Kysely<Tables>,
  tenant: string,
  { from, to, max_length: maxLength, ended }: z.infer<typeof pathQuery>,
): Promise<z.infer<typeof graphPath>> {
  const ends = await nodesNamed(db, tenant, [from, to], [])
  const [first, last] = [found(ends.get(from), 'node'), found(ends.get(to), 'node')]
  const nothing = { from_id: from, to_id: to, is_found: false, nodes: [], relationships: [] }
  if (from === to) return { ...nothing, is_found: true, nodes: [first], is_exhausted: true }
  const search = createSearch(from, to)
  let [edges, isCut] = [0, false]
  for (let length = 0; length < maxLength; length++) {
    const side = search.smaller()
    if (side.front.length === 0) break
    const rows = await relationshipsAt(db, side.front, { tenant, hasEnded: ended === 'true', limit: PER_STEP })
    edges += rows.length
    isCut ||= rows.length >= PER_STEP || edges >= MAX_EDGES
    const middle = search.extend(side, rows)
    if (middle !== undefined) return await asPath(db, tenant, search.through(middle), { nothing, first, last })
    if (edges >= MAX_EDGES) break
  }
  return { ...nothing, is_exhausted: !isCut && search.smaller().front.length === 0 }
}

interface Side {
  readonly reached: Reached
  front: string[]
}

function createSearch(from: string, to: string) {
  const near: Side = { reached: new Map([[from, null]]), front: [from] }
  const far: Side = { reached: new Map([[to, null]]), front: [to] }
  return {
    /** With an empty front there is no way. */
    smaller: () => (near.front.length <= far.front.length ? near : far),
    /** Goes one step on at one side; answers the node in which both sides meet. */
    extend(side: Side, rows: readonly GraphRelationship[]): string | undefined {
      const other = side === near ? far : near
      const next: string[] = []
      const known = new Set(side.front)
      for (const row of rows) {
        for (const [start, end] of [
          [row.from_id, row.to_id],
          [row.to_id, row.from_id],
        ] as const) {
          if (!known.has(start) || side.reached.has(end)) continue
          side.reached.set(end, { from: start, by: row })
          if (other.reached.has(end)) return end
          next.push(end)
        }
      }
      side.front = next
      return undefined
    },
    /** The relationships of the way through a node, from one end to the other. */
    through: (middle: string) => [...wayTo(near.reached, middle).reverse(), ...wayTo(far.reached, middle)],
  }
}

/** The steps back from a node to where its side began. */
function wayTo(reached: Reached, id: string): GraphRelationship[] {
  const way: GraphRelationship[] = []
  for (let step = reached.get(id); step; step = reached.get(step.from)) way.push(step.by)
  return way
}

async function asPath(
  db: Kysely<Tables>,
  tenant: string,
  relationships: readonly GraphRelationship[],
  {
    nothing,
    first,
    last,
  }: { nothing: Omit<z.infer<typeof graphPath>, 'is_exhausted'>; first: GraphNode; last: GraphNode },
): Promise<z.infer<typeof graphPath>> {
  const ids = [first.id]
  for (const { from_id, to_id } of relationships) ids.push(ids.at(-1) === from_id ? to_id : from_id)
  const nodes = await nodesNamed(db, tenant, ids, relationships)
  const named = ids.flatMap((id) => nodes.get(id) ?? (id === last.id ? last : []))
  return { ...nothing, is_found: true, nodes: named, relationships: [...relationships], is_exhausted: true }
}
