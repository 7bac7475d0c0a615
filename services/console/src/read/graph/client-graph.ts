import { type ClientGraph, goneNodes, noteRole, type Role, rolesFrom, stepOf } from '@millrace/domain'
import type { KnowledgeNode, KnowledgeRelationship, Provenance } from '@millrace/schemas'
import { type Kysely, type SqlBool, sql } from 'kysely'
import type { NodesTable, RelationshipsTable } from '../../db/knowledge-tables.ts'
import { withOpened } from '../../db/sealed.ts'
import type { Tables } from '../../db/tables.ts'
import { ConsoleError } from '../../errors.ts'
import type { WordIndex } from '../../words/word-index.ts'
import { exactly } from '../../words/words-in.ts'
import { found } from '../not-found.ts'

/** A client's graph is held in memory while it is exported. */
const MAX_RELATIONSHIPS = 50_000
/** Ids that one statement asks for. */
const CHUNK = 1_000

/**
 * What belongs to a client, by the same rules as `millrace graph` (docs/graph.md): read step by step away from the client's nodes.
 * @throws ConsoleError `MR_CONSOLE_NOT_FOUND`, and `MR_CONSOLE_INVALID` for a client with more than 50,000 relationships
 */
export async function readClientGraph(
  db: Kysely<Tables>,
  tenant: string,
  client: string,
  hasEnded: boolean,
  words?: WordIndex,
): Promise<ClientGraph> {
  const roots = await rootsOf(db, tenant, client, words)
  found(roots[0], 'client')
  const relationships = await collect(db, tenant, roots, hasEnded)
  const roles = rolesFrom(roots, relationships)
  const own = relationships.filter((edge) => stepOf(edge, roles) !== undefined)
  const named = await nodesOf(db, tenant, [...roles.keys()])
  const nodes = new Map([...named, ...(hasEnded ? goneNodes(own, named) : [])].sort(byId))
  const within = own.filter(({ from_id, to_id }) => nodes.has(from_id) && nodes.has(to_id))
  const sorted = within.sort((a, b) => (a.id < b.id ? -1 : 1))
  return { tenant, clientId: client, roots, nodes, relationships: sorted, roles }
}

async function rootsOf(
  db: Kysely<Tables>,
  tenant: string,
  client: string,
  words: WordIndex | undefined,
): Promise<string[]> {
  const found = await words?.hasWord(tenant, 'words', exactly(client))
  const rows = await db
    .selectFrom('nodes')
    .select('id')
    .where('tenant', '=', tenant)
    .where('type', '=', 'client')
    .where((eb) =>
      eb.or([
        eb('id', '=', client),
        sql<SqlBool>`properties ->> 'client_id' = ${client}`,
        ...(found === undefined ? [] : [found]),
      ]),
    )
    .orderBy('id')
    .limit(100)
    .execute()
  return rows.map(({ id }) => id)
}

/** Every relationship that may be the client's. Each step asks for what lies at the nodes whose role is news. */
async function collect(
  db: Kysely<Tables>,
  tenant: string,
  roots: readonly string[],
  hasEnded: boolean,
): Promise<KnowledgeRelationship[]> {
  const roles = new Map<string, Role>(roots.map((id) => [id, 'own']))
  const edges = new Map<string, KnowledgeRelationship>()
  let news = [...roots]
  while (news.length > 0) {
    const rows = await edgesAt(db, tenant, [...news, ...(await aliasesOf(db, tenant, news))], { roles, hasEnded })
    for (const row of await withoutAliases(db, tenant, rows)) edges.set(row.id, row)
    if (edges.size > MAX_RELATIONSHIPS)
      throw new ConsoleError('MR_CONSOLE_INVALID', {
        detail: `This client has more than ${MAX_RELATIONSHIPS} relationships: export it with millrace graph.`,
      })
    news = []
    for (const edge of edges.values()) {
      const step = stepOf(edge, roles)
      if (step !== undefined && noteRole(roles, step.id, step.role)) news.push(step.id)
    }
  }
  return [...edges.values()]
}

/** Other ids of the same persons, at which relationships may still end (`same_as` in docs/graph.md). */
async function aliasesOf(db: Kysely<Tables>, tenant: string, ids: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const some of chunksOf(ids)) {
    const rows = await db
      .selectFrom('nodes')
      .select('id')
      .where('tenant', '=', tenant)
      .where('same_as', 'in', some)
      .execute()
    found.push(...rows.map(({ id }) => id))
  }
  return found
}

/** The same relationships, ending at the nodes that stand for those persons. */
async function withoutAliases(
  db: Kysely<Tables>,
  tenant: string,
  edges: readonly KnowledgeRelationship[],
): Promise<KnowledgeRelationship[]> {
  const sameAs = new Map<string, string>()
  for (const some of chunksOf([...new Set(edges.flatMap(({ from_id, to_id }) => [from_id, to_id]))])) {
    const rows = await db
      .selectFrom('nodes')
      .select(['id', 'same_as'])
      .where('tenant', '=', tenant)
      .where('id', 'in', some)
      .where('same_as', 'is not', null)
      .execute()
    for (const { id, same_as } of rows) sameAs.set(id, same_as ?? id)
  }
  if (sameAs.size === 0) return [...edges]
  return edges.map((edge) => ({
    ...edge,
    from_id: sameAs.get(edge.from_id) ?? edge.from_id,
    to_id: sameAs.get(edge.to_id) ?? edge.to_id,
  }))
}

interface Around {
  readonly roles: ReadonlyMap<string, Role>
  readonly hasEnded: boolean
}

async function edgesAt(
  db: Kysely<Tables>,
  tenant: string,
  ids: readonly string[],
  { roles, hasEnded }: Around,
): Promise<KnowledgeRelationship[]> {
  const at = async (end: 'from_id' | 'to_id', some: readonly string[]) => {
    const rows = await db
      .selectFrom('relationships')
      .selectAll()
      .where('tenant', '=', tenant)
      .where(end, 'in', some)
      .$if(!hasEnded, (open) => open.where('valid_to', 'is', null))
      .limit(MAX_RELATIONSHIPS + 1)
      .execute()
    return rows.map(relationshipRecord)
  }
  // Nothing is followed back to what is merely named: a status would lead to every client.
  const followedBack = ids.filter((id) => roles.get(id) !== 'named')
  const found: KnowledgeRelationship[] = []
  for (const some of chunksOf(ids)) found.push(...(await at('from_id', some)))
  for (const some of chunksOf(followedBack)) found.push(...(await at('to_id', some)))
  return found
}

async function nodesOf(
  db: Kysely<Tables>,
  tenant: string,
  ids: readonly string[],
): Promise<Map<string, KnowledgeNode>> {
  const nodes = new Map<string, KnowledgeNode>()
  for (const some of chunksOf(ids)) {
    const rows = await db.selectFrom('nodes').selectAll().where('tenant', '=', tenant).where('id', 'in', some).execute()
    for (const row of rows) nodes.set(row.id, nodeRecord(row))
  }
  return nodes
}

function* chunksOf(ids: readonly string[]): Generator<string[]> {
  for (let start = 0; start < ids.length; start += CHUNK) yield ids.slice(start, start + CHUNK)
}

function nodeRecord({ words: _, ...stored }: NodesTable): KnowledgeNode {
  const { properties, provenance, ...row } = withOpened(stored)
  return { ...row, properties_json: JSON.stringify(properties), provenance: provenance as Provenance[] }
}

function relationshipRecord(stored: RelationshipsTable): KnowledgeRelationship {
  const { properties, provenance, ...row } = withOpened(stored)
  return { ...row, properties_json: JSON.stringify(properties), provenance: provenance as Provenance[] }
}

function byId([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
