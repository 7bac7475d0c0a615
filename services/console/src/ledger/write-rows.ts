import { sql } from 'kysely'
import type { LedgerTables } from '../db/ledger-tables.ts'
import { asJson, type Handle, insertRows, jsonOf } from './json-rows.ts'
import { lastRows, type PreparedRows } from './prepare-rows.ts'
import type { Gone, LedgerRows } from './rows.ts'
import { writeDeliveries } from './write-deliveries.ts'
import { writeEvents, writeHops, writeRuns } from './write-events.ts'
import { writeLast } from './write-last.ts'
import { writeSnapshots } from './write-snapshots.ts'

/** Changes older than this when they are written are history being read again: nobody watches for them. */
const LIVE_MS = 600_000

/**
 * Writes what a batch of records became; in one transaction with the positions, so that each record counts once. Answers the days whose payload
 * partition was made.
 */
export async function writeRows(
  db: Handle,
  prepared: PreparedRows,
  days: ReadonlySet<number>,
): Promise<readonly number[]> {
  const { rows } = prepared
  const made = await writeEvents(db, prepared, days)
  await writeRuns(db, rows)
  // Both note hops.
  await writeSnapshots(db, prepared)
  await writeDeliveries(db, prepared)
  await writeHops(db, rows)
  await insertRows(db, 'extractions', prepared.extractions)
  await writeLast(db, 'nodes', ['tenant', 'id'], prepared.nodes)
  await writeLast(db, 'relationships', ['tenant', 'id'], prepared.relationships)
  await writeFew(db, rows)
  await writeDeadLetters(db, rows)
  return made
}

/** What changes now and then. */
async function writeFew(db: Handle, rows: LedgerRows): Promise<void> {
  const last = async <R extends object>(
    table: keyof LedgerTables,
    keys: readonly [keyof R & string, keyof R & string],
    found: ReadonlyMap<string, R | Gone>,
  ) => await writeLast(db, table, keys, lastRows(found, keys))
  await last('endpoints', ['tenant', 'endpoint_id'], rows.endpoints)
  await last('endpoint_states', ['tenant', 'endpoint_id'], rows.endpointStates)
  await last('modes', ['tenant', 'source'], rows.modes)
  await last('poll_positions', ['tenant', 'account'], rows.pollPositions)
  await insertRows(db, 'parity_findings', asJson(rows.parity))
  await insertRows(db, 'notices', asJson(rows.notices))
  await insertRows(db, 'rejected_requests', asJson(rows.rejected))
}

async function writeDeadLetters(db: Handle, rows: LedgerRows): Promise<void> {
  await insertRows(db, 'dead_letters', asJson(rows.deadLetters))
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
  await insertRows(db, 'minute_counts', asJson([...counts.values()]), conflict)
}

/** Tells live views, in the order of commits since there is one writer. */
export async function writeChanges(db: Handle, { changes }: LedgerRows, now: number): Promise<void> {
  const live = changes.filter(({ at }) => now - at < LIVE_MS)
  if (live.length === 0) return
  await sql`insert into ledger_changes (tenant, kind, id, at)
    select tenant, kind, id, at from json_populate_recordset(null::ledger_changes, ${jsonOf(live)}::json)`.execute(db)
}
