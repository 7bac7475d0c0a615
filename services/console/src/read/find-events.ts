import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely'
import type { z } from 'zod'
import type { Tables } from '../db/tables.ts'
import type { WordIndex } from '../words/word-index.ts'
import { pageFrom, readCursor, timePlace } from './cursor.ts'
import { type EventRow, type EventSummary, summaryColumns, summaryOf } from './event-rows.ts'
import { knownTypes, MAX_TYPES, typesOf } from './known-types.ts'
import type { eventsSearch } from './schemas/events.ts'
import { searchText } from './search-text.ts'

export type EventsQuery = z.infer<typeof eventsSearch>

export interface EventPage {
  readonly items: EventSummary[]
  readonly next_cursor: string | null
  readonly searched_until: number | null
}

/**
 * Events of a tenant that fit all of the filter, newest first: by receipt, or, where the status chooses few, by when dedup let them through.
 * @param words finds a text in payloads that are encrypted
 * @throws ConsoleError `MR_CONSOLE_INVALID` for a cursor that is none
 */
export async function findEvents(
  db: Kysely<Tables>,
  tenant: string,
  query: EventsQuery,
  words?: WordIndex,
): Promise<EventPage> {
  const types = query.type === undefined ? undefined : await typesOf(db, tenant, query.type)
  if (types?.length === 0) return { items: [], next_cursor: null, searched_until: null }
  if (query.text !== undefined) return await searchText(db, { ...query, tenant, text: query.text, types }, words)
  const order = orderOf(query)
  const after = readCursor(query.cursor, timePlace)
  // The index by source goes on with the type.
  const looked = types ?? (query.source === undefined ? undefined : await knownTypes(db, tenant))
  const delivered = query.q === undefined ? [] : await eventsOfDelivery(db, tenant, query.q)
  const rows = await newest(db, { tenant, query, delivered, types: looked, order, after, limit: query.limit + 1 })
  const page = pageFrom(rows, query.limit, (row) => [row[order], row.event_id], summaryOf)
  return { ...page, searched_until: null }
}

/** The column by which a list is ordered: that of the index that finds the few that are wanted. */
export function orderOf({ status }: Pick<EventsQuery, 'status'>): 'received_at' | 'created_at' {
  return status === 'pending' || status === 'failed' ? 'created_at' : 'received_at'
}

interface Wanted {
  readonly tenant: string
  readonly query: Omit<EventsQuery, 'limit' | 'cursor' | 'text' | 'type'>
  /** Events of the delivery that `q` is the id of. */
  readonly delivered: readonly string[]
  readonly types: readonly string[] | undefined
  readonly order: 'received_at' | 'created_at'
  readonly after: readonly [number, string] | undefined
  readonly limit: number
}

/** One of several ways to fit; each is found along an index of its own, and what they find is merged. */
type Branch = (eb: Events) => Expression<SqlBool>

async function newest(db: Kysely<Tables>, wanted: Wanted): Promise<EventRow[]> {
  const branches = branchesOf(wanted).map((branch) => rowsOf(db, wanted, branch))
  const [first] = branches
  if (first === undefined) return []
  if (branches.length === 1) return await first.execute()
  const { order, limit } = wanted
  // An event that fits in several ways is there as often.
  const { rows } = await sql<EventRow>`
    select distinct on (${sql.ref(order)}, event_id) * from (${sql.join(branches, sql` union all `)}) as found
    order by ${sql.ref(order)} desc, event_id desc limit ${limit}`.execute(db)
  return rows
}

function branchesOf({ query, delivered, types, order }: Wanted): readonly Branch[] {
  const { q } = query
  if (q !== undefined) {
    const among = (eb: Events) => (types === undefined ? [] : [eb('event_type', 'in', types)])
    return [
      ...idColumns.map((column) => (eb: Events) => eb.and([eb(column, '=', q), ...among(eb)])),
      ...(delivered.length === 0 ? [] : [(eb: Events) => eb.and([eb('event_id', 'in', delivered), ...among(eb)])]),
    ]
  }
  if (types === undefined) return [(eb) => eb.val(true)]
  if (types.length === 0) return []
  // One index has them together already, or the list is too long to be looked up type by type.
  if (types.length > MAX_TYPES || query.conversation !== undefined || order === 'created_at')
    return [(eb) => eb('event_type', 'in', types)]
  return types.map((type) => (eb: Events) => eb('event_type', '=', type))
}

/** What an id may be of; each has its index. */
const idColumns = ['event_id', 'webhook_id', 'conversation_id', 'client_id'] as const

/** Ids of deliveries (`webhook-id`) begin so, and others: those of a provider's messages. */
const DELIVERY_ID = 'msg_'
/** A delivery is of one event; its replays share its id. */
const MAX_DELIVERED = 20

/** The events whose delivery has this id, which is what a receiver got as `webhook-id` and quotes. */
export async function eventsOfDelivery(db: Kysely<Tables>, tenant: string, id: string): Promise<readonly string[]> {
  if (!id.startsWith(DELIVERY_ID)) return []
  const rows = await db
    .selectFrom('deliveries')
    .select('event_id')
    .distinct()
    .where('tenant', '=', tenant)
    .where('delivery_id', '=', id)
    .limit(MAX_DELIVERED)
    .execute()
  return rows.map(({ event_id }) => event_id)
}

function rowsOf(db: Kysely<Tables>, { tenant, query, order, after, limit }: Wanted, branch: Branch) {
  return db
    .selectFrom('webhook_events')
    .select(summaryColumns)
    .where('tenant', '=', tenant)
    .where((eb) => eb.and([branch(eb), ...conditionsOf(eb, query)]))
    .$if(after !== undefined, (found) =>
      found.where(sql<SqlBool>`(${sql.ref(order)}, event_id) < (${after?.[0]}, ${after?.[1]})`),
    )
    .orderBy(order, 'desc')
    .orderBy('event_id', 'desc')
    .limit(limit)
}

export type Events = ExpressionBuilder<Tables, 'webhook_events'>

/** What a filter asks of a row beside id, types, text and its place in the list. */
export function conditionsOf(eb: Events, query: Omit<Wanted['query'], 'q'>): Expression<SqlBool>[] {
  const { conversation, client, status, source, since, until } = query
  return [
    ...(conversation === undefined ? [] : [eb('conversation_id', '=', conversation)]),
    ...(client === undefined ? [] : [eb('client_id', '=', client)]),
    ...(status === undefined ? [] : [eb('status', '=', status)]),
    ...(source === undefined ? [] : [eb('source', '=', source)]),
    ...(since === undefined ? [] : [eb('received_at', '>=', since)]),
    ...(until === undefined ? [] : [eb('received_at', '<', until)]),
  ]
}
