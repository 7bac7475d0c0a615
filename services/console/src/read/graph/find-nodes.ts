import { nodeIdsOfHandle } from '@millrace/domain'
import { type Kysely, type SqlBool, sql } from 'kysely'
import type { z } from 'zod'
import { withOpened } from '../../db/sealed.ts'
import type { Tables } from '../../db/tables.ts'
import type { WordIndex } from '../../words/word-index.ts'
import { pageFrom, readCursor, timePlace } from '../cursor.ts'
import { found } from '../not-found.ts'
import type { graphNodeDetail, nodesSearch } from '../schemas/graph.ts'
import { nodeColumns, nodeOf } from './rows.ts'

/**
 * Nodes that fit, those seen last first.
 * @param words finds those that are encrypted, by whole words of their labels
 * @throws ConsoleError `MR_CONSOLE_INVALID` for a cursor that is none
 */
export async function findNodes(
  db: Kysely<Tables>,
  tenant: string,
  query: z.infer<typeof nodesSearch>,
  words?: WordIndex,
) {
  const { q, type, client, limit } = query
  const found = q === undefined ? undefined : await words?.has(tenant, 'words', q)
  const after = readCursor(query.cursor, timePlace)
  const rows = await db
    .selectFrom('nodes')
    .select(nodeColumns)
    .where('tenant', '=', tenant)
    .where((eb) =>
      eb.and([
        ...(q === undefined
          ? []
          : [eb.or([eb('id', 'in', idsOf(q)), labelBegins(q), ...(found === undefined ? [] : [found])])]),
        ...(type === undefined ? [] : [eb('type', '=', type)]),
        ...(client === undefined ? [] : [sql<SqlBool>`client_ids @> array[${client}]::text[]`]),
        ...(after === undefined ? [] : [sql<SqlBool>`(last_seen, id) < (${after[0]}, ${after[1]})`]),
      ]),
    )
    .orderBy('last_seen', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, limit, (row) => [row.last_seen, row.id], nodeOf)
}

function labelBegins(q: string) {
  return sql<SqlBool>`lower(label) like ${`${q.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`}`
}

/** A mail address names its node and, mostly, its person (docs/graph.md, "Ids"). */
function idsOf(q: string): string[] {
  if (!q.includes('@')) return [q]
  return [q, ...nodeIdsOfHandle(q)]
}

/**
 * One node with what it rests on.
 * @throws ConsoleError `MR_CONSOLE_NOT_FOUND`
 */
export async function readNode(
  db: Kysely<Tables>,
  tenant: string,
  id: string,
): Promise<z.infer<typeof graphNodeDetail>> {
  const [row, counts] = await Promise.all([
    db
      .selectFrom('nodes')
      .select([...nodeColumns, 'identities', 'provenance'])
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .executeTakeFirst(),
    countRelationships(db, tenant, id),
  ])
  const { identities, provenance, ...node } = withOpened(found(row, 'node'))
  const list = Array.isArray(provenance) ? (provenance as z.infer<typeof graphNodeDetail>['provenance']) : []
  return { ...nodeOf(node), identities, provenance: list, relationship_counts: counts }
}

async function countRelationships(db: Kysely<Tables>, tenant: string, id: string) {
  const counted = async (end: 'from_id' | 'to_id', direction: 'out' | 'in') => {
    const rows = await db
      .selectFrom('relationships')
      .select(({ fn }) => ['type', fn.countAll<number>().as('count')])
      .where('tenant', '=', tenant)
      .where(end, '=', id)
      .where('valid_to', 'is', null)
      .groupBy('type')
      .orderBy('type')
      .execute()
    return rows.map(({ type, count }) => ({ type, direction, count }))
  }
  const [out, into] = await Promise.all([counted('from_id', 'out'), counted('to_id', 'in')])
  return [...out, ...into]
}
