import { type Kysely, type SqlBool, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { readCursor, timePlace, writeCursor } from './cursor.ts'
import { type EventRow, summaryColumns, summaryOf } from './event-rows.ts'
import { conditionsOf, type EventPage } from './find-events.ts'
import { BUDGET_MS, openedHas, payloadHas, type TextSearch } from './text-search.ts'

/** Rows whose payload one statement looks through: the first page of a conversation mostly needs no more. */
const CHUNK = 500
/** Of payloads that are opened here, each of which may have a megabyte. */
const OPENED_CHUNK = 50

/**
 * Looks through the payloads of the events that the other filters leave, newest first.
 * @param canOpen there may be payloads that are encrypted, and `db` opens them
 */
export async function searchFew(db: Kysely<Tables>, search: TextSearch, canOpen: boolean): Promise<EventPage> {
  const endAt = performance.now() + BUDGET_MS
  const found: EventRow[] = []
  const pageTo = (row: Pick<EventRow, 'received_at' | 'event_id'> | undefined): EventPage => ({
    items: found.map(summaryOf),
    next_cursor: row === undefined ? null : writeCursor([row.received_at, row.event_id]),
    searched_until: row?.received_at ?? null,
  })
  let after = readCursor(search.cursor, timePlace)
  for (;;) {
    const { last, rows } = await lookThrough(db, search, { after, canOpen })
    for (const row of rows) {
      found.push(row)
      if (found.length === search.limit) return pageTo(row)
    }
    if (last === undefined) return pageTo(undefined)
    if (performance.now() >= endAt) return pageTo(last)
    after = [last.received_at, last.event_id]
  }
}

interface Looked {
  readonly rows: readonly EventRow[]
  /** Where the chunk ended; undefined where nothing is left. */
  readonly last: Pick<EventRow, 'received_at' | 'event_id'> | undefined
}

async function lookThrough(
  db: Kysely<Tables>,
  search: TextSearch,
  { after, canOpen }: { readonly after: readonly [number, string] | undefined; readonly canOpen: boolean },
): Promise<Looked> {
  const { q, types, tenant, text } = search
  const size = canOpen ? OPENED_CHUNK : CHUNK
  const chunk = db
    .selectFrom('webhook_events')
    .select([...summaryColumns, 'tenant', 'payload_day'])
    .where('tenant', '=', tenant)
    .where((eb) =>
      eb.and([
        ...conditionsOf(eb, search),
        ...(types === undefined ? [] : [eb('event_type', 'in', types)]),
        ...(q === undefined ? [] : [eb('event_id', 'in', idsFor(db, tenant, q))]),
      ]),
    )
    .$if(after !== undefined, (rows) =>
      rows.where(sql<SqlBool>`(received_at, event_id) < (${after?.[0]}, ${after?.[1]})`),
    )
    .orderBy('received_at', 'desc')
    .orderBy('event_id', 'desc')
    .limit(size)
  const { rows } = await sql<EventRow & { is_hit: boolean; place: number; sealed: Buffer | null }>`
    with chunk as materialized (${chunk}),
    looked as (
      select chunk.*, row_number() over (order by chunk.received_at desc, chunk.event_id desc) as place,
        coalesce(${payloadHas('p.payload', text)}, false) as is_hit, ${canOpen ? sql`p.sealed` : sql`null::bytea`} as sealed
      from chunk
      left join event_payloads p on p.day = chunk.payload_day and p.tenant = chunk.tenant and p.event_id = chunk.event_id
    )
    select ${sql.join(summaryColumns.map((column) => sql.ref(`looked.${column}`)))}, place, is_hit, sealed from looked
    where is_hit or sealed is not null or place = ${size}
    order by place`.execute(db)
  const last = rows.find(({ place }) => place === size)
  const hits = rows.filter(({ is_hit, sealed }) => is_hit || (sealed !== null && openedHas(sealed, text)))
  return { rows: hits.map(({ is_hit: _, place: __, sealed: ___, ...row }) => row), last }
}

/** The events that an id of any kind stands for, as `findEvents` has them. */
function idsFor(db: Kysely<Tables>, tenant: string, id: string) {
  const by = (column: 'event_id' | 'webhook_id' | 'conversation_id' | 'client_id') =>
    db.selectFrom('webhook_events').select('event_id').where('tenant', '=', tenant).where(column, '=', id)
  const delivered = db
    .selectFrom('deliveries')
    .select('event_id')
    .where('tenant', '=', tenant)
    .where('delivery_id', '=', id)
  return by('event_id').union(by('webhook_id')).union(by('conversation_id')).union(by('client_id')).union(delivered)
}
