import { type Kysely, type SqlBool, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { readCursor, timePlace, writeCursor } from './cursor.ts'
import { type EventRow, summaryColumns, summaryOf } from './event-rows.ts'
import { conditionsOf, type EventPage, type EventsQuery } from './find-events.ts'

/** Rows whose payload one statement looks through. */
const CHUNK = 2_000
/** After this a page is answered as far as it came; the next one goes on there. */
const BUDGET_MS = 200

interface TextSearch extends EventsQuery {
  readonly tenant: string
  readonly text: string
  readonly types: readonly string[] | undefined
}

/**
 * Events whose payload contains a text, newest first. No index holds payloads, as 2,000 events a second could not feed one: the newest are looked
 * through for a fifth of a second, and the answer says how far that came. All other filters narrow down what has to be looked through.
 * @throws ConsoleError `MR_CONSOLE_INVALID` for a cursor that is none
 */
export async function searchText(db: Kysely<Tables>, search: TextSearch): Promise<EventPage> {
  const endAt = performance.now() + BUDGET_MS
  const found: EventRow[] = []
  let after = readCursor(search.cursor, timePlace)
  for (;;) {
    const { last, rows } = await lookThrough(db, search, after)
    for (const row of rows) {
      found.push(row)
      if (found.length === search.limit) return { ...pageOf(found), ...restFrom(row.received_at, row.event_id) }
    }
    if (last === undefined) return { ...pageOf(found), next_cursor: null, searched_until: null }
    after = [last.received_at, last.event_id]
    if (performance.now() >= endAt) return { ...pageOf(found), ...restFrom(last.received_at, last.event_id) }
  }
}

function pageOf(rows: readonly EventRow[]) {
  return { items: rows.map(summaryOf) }
}

function restFrom(receivedAt: number, eventId: string) {
  return { next_cursor: writeCursor([receivedAt, eventId]), searched_until: receivedAt }
}

interface Looked {
  readonly rows: readonly EventRow[]
  /** Where the chunk ended; undefined where nothing is left. */
  readonly last: Pick<EventRow, 'received_at' | 'event_id'> | undefined
}

async function lookThrough(
  db: Kysely<Tables>,
  search: TextSearch,
  after: readonly [number, string] | undefined,
): Promise<Looked> {
  const chunk = db
    .selectFrom('webhook_events')
    .select([...summaryColumns, 'tenant', 'payload_day'])
    .where('tenant', '=', search.tenant)
    .where((eb) =>
      eb.and([
        ...conditionsOf(eb, search),
        ...(search.types === undefined ? [] : [eb('event_type', 'in', search.types)]),
        ...(search.q === undefined
          ? []
          : [eb.or([eb('event_id', '=', search.q), eb('conversation_id', '=', search.q)])]),
      ]),
    )
    .$if(after !== undefined, (rows) =>
      rows.where(sql<SqlBool>`(received_at, event_id) < (${after?.[0]}, ${after?.[1]})`),
    )
    .orderBy('received_at', 'desc')
    .orderBy('event_id', 'desc')
    .limit(CHUNK)
  const fits = sql.join(
    patternsOf(search.text).map((pattern) => sql<SqlBool>`p.payload ilike ${pattern}`),
    sql` or `,
  )
  const { rows } = await sql<EventRow & { is_hit: boolean }>`
    with chunk as materialized (${chunk}),
    looked as (
      select chunk.*, (${fits}) is true as is_hit from chunk
      left join event_payloads p on p.day = chunk.payload_day and p.tenant = chunk.tenant and p.event_id = chunk.event_id
    ),
    last as (select received_at, event_id from chunk order by received_at, event_id limit 1)
    select ${sql.join(summaryColumns.map((column) => sql.ref(`looked.${column}`)))}, is_hit from looked
    where is_hit or (looked.received_at, looked.event_id) = (select received_at, event_id from last)
    order by looked.received_at desc, looked.event_id desc`.execute(db)
  const last = rows.at(-1)
  return { rows: rows.filter(({ is_hit }) => is_hit).map(({ is_hit: _, ...row }) => row), last }
}

/** As JSON writes a text: with its own characters, or with all that is not ASCII escaped. */
function patternsOf(text: string): string[] {
  const plain = JSON.stringify(text).slice(1, -1)
  const ascii = plain.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return [...new Set([plain, ascii])].map((each) => `%${each.replace(/[\\%_]/g, '\\$&')}%`)
}
