import { sql } from 'kysely'
import { asJson, type Handle, insertRows, jsonOf, upsertRows } from './json-rows.ts'
import type { PreparedRows } from './prepare-rows.ts'
import { asRepeat, type EventRow, joined, type LedgerRows, touch } from './rows.ts'

/**
 * Writes new events with their payloads. An id that is there already from another receipt becomes one more run of its event.
 * @param days that have a partition; only what was committed belongs there
 * @returns the days whose partition was made
 */
export async function writeEvents(
  db: Handle,
  { rows, events, payloads }: PreparedRows,
  days: ReadonlySet<number>,
): Promise<readonly number[]> {
  if (events.rows.length === 0) return []
  const inserted = await insertRows(db, 'webhook_events', events)
  if (inserted < events.rows.length) rows.runs.push(...(await repeatsOf(db, events.rows)))
  return await writePayloads(db, payloads, days)
}

/** Those whose id stands for another receipt. */
async function repeatsOf(db: Handle, events: readonly EventRow[]): Promise<LedgerRows['runs']> {
  const keys = jsonOf(
    events.map(({ tenant, event_id, received_position }) => ({ tenant, event_id, received_position })),
  )
  const { rows: others } = await sql<{ tenant: string; event_id: string }>`
    select tenant, event_id from json_populate_recordset(null::webhook_events, ${keys}::json) as given
    join webhook_events as known using (tenant, event_id)
    where known.received_position <> given.received_position`.execute(db)
  const isOther = new Set(others.map(({ tenant, event_id }) => joined(tenant, event_id)))
  return events.filter(({ tenant, event_id }) => isOther.has(joined(tenant, event_id))).map(asRepeat)
}

/** A partition a day. */
async function writePayloads(
  db: Handle,
  payloads: PreparedRows['payloads'],
  days: ReadonlySet<number>,
): Promise<number[]> {
  const made = [...new Set(payloads.rows.map(({ day }) => day))].filter((day) => !days.has(day))
  for (const day of made) {
    const name = sql.table(partitionName(day))
    await sql`create table if not exists ${name} partition of event_payloads
      for values from (${sql.lit(day)}) to (${sql.lit(day + 1)})`.execute(db)
  }
  await insertRows(db, 'event_payloads', payloads)
  return made
}

export function partitionName(day: number): string {
  return `event_payloads_${day}`
}

const hops = ['snapshot_at', 'graph_at', 'requested_at', 'first_attempt_at', 'delivered_at']

/** The earliest time of each hop stays. */
export async function writeHops(db: Handle, rows: LedgerRows): Promise<void> {
  const earliest = hops.map((hop) => {
    const column = sql.ref(hop)
    return sql`${column} = least(event_hops.${column}, excluded.${column})`
  })
  const conflict = sql`on conflict (tenant, event_id) do update set ${sql.join(earliest)}`
  await insertRows(db, 'event_hops', asJson([...rows.hops.values()]), conflict)
}

export async function writeRuns(db: Handle, rows: LedgerRows): Promise<void> {
  for (const { tenant, event_id } of rows.runs) touch(rows, tenant, event_id)
  const runs = new Map(rows.runs.map((run) => [joined(run.tenant, run.run_id), run]))
  await upsertRows(db, 'event_runs', ['tenant', 'run_id'], asJson([...runs.values()]))
}
