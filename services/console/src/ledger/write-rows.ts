import { sql } from 'kysely'
import type { LedgerTables } from '../db/ledger-tables.ts'
import { type Handle, insertRows, jsonOf, upsertRows } from './json-rows.ts'
import { type Gone, isGone, type LedgerRows } from './rows.ts'
import { writeDeliveries } from './write-deliveries.ts'
import { type PayloadDays, writeEvents, writeHops, writeRuns } from './write-events.ts'
import { writeSnapshots } from './write-snapshots.ts'

/** Changes older than this when they are written are history being read again: nobody watches for them. */
const LIVE_MS = 600_000

/**
 * Writes what a batch of records became; in one transaction with the positions, so that each record counts once. Answers the days whose payload
 * partition was made.
 */
export async function writeRows(db: Handle, rows: LedgerRows, days: PayloadDays): Promise<readonly number[]> {
  const made = await writeEvents(db, rows, days)
  await writeRuns(db, rows)
  // Both note hops.
  await writeSnapshots(db, rows)
  await writeDeliveries(db, rows)
  await writeHops(db, rows)
  await insertRows(db, 'extractions', rows.extractions)
  await writeLast(db, 'nodes', ['tenant', 'id'], rows.nodes)
  await writeLast(db, 'relationships', ['tenant', 'id'], rows.relationships)
  await writeLast(db, 'endpoints', ['tenant', 'endpoint_id'], rows.endpoints)
  await writeLast(db, 'endpoint_states', ['tenant', 'endpoint_id'], rows.endpointStates)
  await writeLast(db, 'modes', ['tenant', 'source'], rows.modes)
  await writeLast(db, 'poll_positions', ['tenant', 'account'], rows.pollPositions)
  await insertRows(db, 'parity_findings', rows.parity)
  await insertRows(db, 'notices', rows.notices)
  await insertRows(db, 'rejected_requests', rows.rejected)
  await writeDeadLetters(db, rows)
  return made
}

/** Replaces what has a last state, and removes what is gone. */
async function writeLast<R extends object>(
  db: Handle,
  table: keyof LedgerTables,
  keys: readonly [keyof R & string, keyof R & string],
  rows: ReadonlyMap<string, R | Gone>,
): Promise<void> {
  const kept: R[] = []
  const gone: object[] = []
  for (const row of rows.values()) {
    if (isGone(row)) gone.push({ [keys[0]]: row.gone[0], [keys[1]]: row.gone[1] })
    else kept.push(row)
  }
  await upsertRows(db, table, keys, kept)
  if (gone.length === 0) return
  const name = sql.table(table)
  const [tenant, id] = [sql.ref(keys[0]), sql.ref(keys[1])]
  await sql`delete from ${name} using json_populate_recordset(null::${name}, ${jsonOf(gone)}::json) as gone
    where ${name}.${tenant} = gone.${tenant} and ${name}.${id} = gone.${id}`.execute(db)
}

async function writeDeadLetters(db: Handle, rows: LedgerRows): Promise<void> {
  await insertRows(db, 'dead_letters', rows.deadLetters)
  if (rows.redriven.length === 0) return
  const marks = jsonOf(rows.redriven.map(({ at, ...place }) => ({ ...place, redriven_at: at })))
  const { rows: marked } = await sql<{ tenant: string; event_id: string | null }>`update dead_letters as d
    set redriven_at = mark.redriven_at
    from json_populate_recordset(null::dead_letters, ${marks}::json) as mark
    where d.topic = mark.topic and d.partition = mark.partition and d."offset" = mark."offset"
    returning d.tenant, d.event_id`.execute(db)
  for (const { tenant, event_id } of marked)
    if (event_id !== null) rows.touched.set(`${tenant}\u0000${event_id}`, { tenant, event_id })
}

/** What was counted, by settling too. */
export async function writeCounts(db: Handle, { counts }: LedgerRows): Promise<void> {
  const conflict = sql`on conflict (tenant, metric, minute, label) do update set count = minute_counts.count + excluded.count`
  await insertRows(db, 'minute_counts', [...counts.values()], conflict)
}

/** Tells live views, in the order of commits since there is one writer. */
export async function writeChanges(db: Handle, { changes }: LedgerRows, now: number): Promise<void> {
  const live = changes.filter(({ at }) => now - at < LIVE_MS)
  if (live.length === 0) return
  await sql`insert into ledger_changes (tenant, kind, id, at)
    select tenant, kind, id, at from json_populate_recordset(null::ledger_changes, ${jsonOf(live)}::json)`.execute(db)
}
