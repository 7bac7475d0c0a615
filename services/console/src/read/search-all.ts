import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely'
import { z } from 'zod'
import type { Tables } from '../db/tables.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { type EventRow, summaryColumns, summaryOf } from './event-rows.ts'
import { conditionsOf, type EventPage } from './find-events.ts'
import { BUDGET_MS, payloadHas, type TextSearch } from './text-search.ts'

/** Blocks (8 KiB) of a partition that one statement reads. */
const FIRST_BLOCKS = 32
const MOST_BLOCKS = 8_192

/** Some blocks of one day's partition: `from` up to, without, `to`. */
interface Stretch {
  readonly day: number
  readonly from: number
  readonly to: number
}

/** Below `to` of the day. With `from` not below 0 the stretch between is read once more, for what comes after that event. */
const place = z.tuple([z.number(), z.number(), z.number(), z.number(), z.string()])
type Place = z.infer<typeof place>

/**
 * Reads payloads as they lie on the disk, which is thousands in the time in which some could be looked up one by one: day by day, the last written
 * blocks first, or, of what is encrypted, the words beside them (`inWords`). What is written together comes in order of receipt; over a longer time that order is not exact.
 */
export async function searchAll(
  db: Kysely<Tables>,
  search: TextSearch,
  inWords: RawBuilder<SqlBool> | undefined,
): Promise<EventPage> {
  const endAt = performance.now() + BUDGET_MS
  const found: EventRow[] = []
  const start = readCursor(search.cursor, place)
  const page = (next: Place | undefined, until: number | null): EventPage => ({
    items: found.map(summaryOf),
    next_cursor: next === undefined ? null : writeCursor(next),
    searched_until: next === undefined ? null : until,
  })
  let blocks = FIRST_BLOCKS
  for await (const stretch of stretches(db, search, start, () => blocks)) {
    const began = performance.now()
    const isAgain = start !== undefined && start[2] >= 0 && stretch.day === start[0] && stretch.to === start[1]
    const after = isAgain ? ([start[3], start[4]] as const) : undefined
    const missing = search.limit - found.length
    const rows = await hitsIn(db, search, stretch, { after, limit: missing, inWords })
    found.push(...rows)
    const last = rows.at(-1)
    if (rows.length === missing && last !== undefined)
      return page([stretch.day, stretch.to, stretch.from, last.received_at, last.event_id], last.received_at)
    const took = performance.now() - began
    const left = endAt - performance.now()
    if (left < took) return page([stretch.day, stretch.from, -1, 0, ''], await timeAt(db, search.tenant, stretch))
    if (left > 4 * took) blocks = Math.min(MOST_BLOCKS, blocks * 2)
  }
  return page(undefined, null)
}

/** The stretches of all days that may hold what is searched, the newest first. */
async function* stretches(
  db: Kysely<Tables>,
  { since, until }: TextSearch,
  start: Place | undefined,
  blocks: () => number,
): AsyncGenerator<Stretch> {
  const [startDay = Number.POSITIVE_INFINITY, startTo, startFrom = -1] = start ?? []
  for (const { day, size } of await partitionsOf(db)) {
    if (day > startDay || (until !== undefined && day > dayOf(until)) || (since !== undefined && day < dayOf(since)))
      continue
    let to = day === startDay ? Math.min(startTo ?? size, size) : size
    if (day === startDay && startFrom >= 0 && startTo !== undefined) {
      yield { day, from: startFrom, to: startTo }
      to = startFrom
    }
    while (to > 0) {
      const from = Math.max(0, to - blocks())
      yield { day, from, to }
      to = from
    }
  }
}

const DAY = 86_400_000

function dayOf(at: number): number {
  return Math.floor(at / DAY)
}

/** Every day's partition with its size in blocks, the newest first. */
async function partitionsOf(db: Kysely<Tables>): Promise<{ day: number; size: number }[]> {
  const { rows } = await sql<{ name: string; size: number }>`
    select c.relname as name, (pg_relation_size(c.oid) / current_setting('block_size')::bigint)::int as size
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'event_payloads'::regclass`.execute(db)
  return rows
    .flatMap(({ name, size }) => {
      const day = Number(/_(\d+)$/.exec(name)?.[1] ?? Number.NaN)
      return Number.isNaN(day) ? [] : [{ day, size }]
    })
    .sort((a, b) => b.day - a.day)
}

interface Part {
  readonly after: readonly [receivedAt: number, eventId: string] | undefined
  readonly limit: number
  readonly inWords: RawBuilder<SqlBool> | undefined
}

async function hitsIn(db: Kysely<Tables>, search: TextSearch, stretch: Stretch, { after, limit, inWords }: Part) {
  const { tenant, text, types } = search
  const inPayload = payloadHas('p.payload', text)
  const isHit = inWords === undefined ? inPayload : sql<SqlBool>`(${inPayload} or ${inWords})`
  const events = db
    .selectFrom('webhook_events')
    .select(summaryColumns)
    .where('tenant', '=', tenant)
    .where('payload_day', '=', stretch.day)
    .where(sql<SqlBool>`event_id in (select event_id from hits)`)
    .where((eb) =>
      eb.and([...conditionsOf(eb, search), ...(types === undefined ? [] : [eb('event_type', 'in', types)])]),
    )
    .$if(after !== undefined, (rows) =>
      rows.where(sql<SqlBool>`(received_at, event_id) < (${after?.[0]}, ${after?.[1]})`),
    )
    .orderBy('received_at', 'desc')
    .orderBy('event_id', 'desc')
    .limit(limit)
  // Its own step: the planner thinks a text so rare that it would look for it elsewhere first.
  const { rows } = await sql<EventRow>`
    with hits as materialized (
      select event_id from ${leafOf(stretch)} as p
      where ${within(stretch)} and p.tenant = ${tenant} and ${isHit}
    ) ${events}`.execute(db)
  return rows
}

/** When the oldest of a stretch was received, about; null where the tenant has nothing there. */
async function timeAt(db: Kysely<Tables>, tenant: string, stretch: Stretch): Promise<number | null> {
  const first = { ...stretch, to: Math.min(stretch.to, stretch.from + FIRST_BLOCKS) }
  const { rows } = await sql<{ received_at: number }>`
    select e.received_at from (
      select p.event_id from ${leafOf(first)} as p where ${within(first)} and p.tenant = ${tenant} limit 1
    ) as one join webhook_events e on e.tenant = ${tenant} and e.event_id = one.event_id`.execute(db)
  return rows[0]?.received_at ?? stretch.day * DAY
}

function leafOf({ day }: Stretch) {
  return sql.table(`event_payloads_${day}`)
}

/** Postgres reads only the blocks between two places (TID range scan, since version 14). */
function within({ from, to }: Stretch) {
  return sql<SqlBool>`p.ctid >= ${`(${from},0)`}::tid and p.ctid < ${`(${to},0)`}::tid`
}
