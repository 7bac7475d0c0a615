import { setTimeout as sleep } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { DAY_MS } from './project-events.ts'

export interface RetentionParts {
  readonly database: { readonly db: Kysely<Tables> }
  readonly log: { info(facts: object, text: string): void; warn(facts: object, text: string): void }
  readonly payloadDays: number
  readonly days: number
  /** What else ends by age, told the time in epoch milliseconds. */
  readonly retain?: ((now: number, signal: AbortSignal) => Promise<void>) | undefined
}

const EVERY_MS = 600_000
/** Rows removed by one statement, so that none holds locks for long. */
export const CHUNK = 5_000
/** Changes that a live view which was away can still be told. */
const KEPT_CHANGES = 200_000

/** Tables and the column that tells the age of a row. */
export const agingTables = {
  webhook_events: 'created_at',
  event_runs: 'replayed_at',
  extractions: 'extracted_at',
  deliveries: 'requested_at',
  attempts: 'started_at',
  dead_letters: 'at',
  notices: 'at',
  parity_findings: 'found_at',
  rejected_requests: 'received_at',
  minute_counts: 'minute',
} as const

/** Removes what is past its time, now and every ten minutes. */
export function startRetention(parts: RetentionParts, signal: AbortSignal): { close(): Promise<void> } {
  const stopping = new AbortController()
  const ended = AbortSignal.any([signal, stopping.signal])
  const tell = (ending: Promise<void> | undefined) =>
    ending?.catch((error) =>
      parts.log.warn({ error }, 'what is past its retention could not be removed, will be tried again'),
    )
  const run = async () => {
    while (!ended.aborted) {
      await sleep(EVERY_MS, undefined, { signal: ended }).catch(() => {})
      if (ended.aborted) return
      await tell(removeOld(parts, Date.now(), ended))
      await tell(parts.retain?.(Date.now(), ended))
    }
  }
  const running = run()
  return {
    close: async () => {
      stopping.abort()
      await running
    },
  }
}

/** Removes payloads by whole days, and rows of events, deliveries and findings by age. What is still open goes with its age too. */
export async function removeOld(
  { database: { db }, log, payloadDays, days }: RetentionParts,
  now: number,
  signal?: AbortSignal,
): Promise<void> {
  await dropPartitions(db, Math.floor(now / DAY_MS) - payloadDays)
  const before = now - days * DAY_MS
  let removed = 0
  for (const [table, column] of Object.entries(agingTables)) {
    removed += await removeWhile(() => removeBefore(db, table, column, before), signal)
  }
  await removeWhile(() => removeLoneHops(db, before), signal)
  await removeWhile(() => removeChanges(db), signal)
  if (removed > 0) log.info({ rows: removed, days }, 'rows past their retention removed')
}

async function dropPartitions(db: Kysely<Tables>, oldest: number): Promise<void> {
  const { rows } = await sql<{ name: string }>`select c.relname as name from pg_inherits i
    join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent where p.relname = 'event_payloads'`.execute(
    db,
  )
  const old = rows.filter(({ name }) => Number(name.split('_').at(-1)) < oldest)
  for (const { name } of old) await sql`drop table ${sql.table(name)}`.execute(db)
}

async function removeBefore(db: Kysely<Tables>, table: string, column: string, before: number): Promise<number> {
  const name = sql.table(table)
  const { numAffectedRows } = await sql`delete from ${name} where ctid in (
    select ctid from ${name} where ${sql.ref(column)} < ${before} limit ${sql.lit(CHUNK)})`.execute(db)
  return Number(numAffectedRows ?? 0)
}

/** Hops outlive their events where a snapshot still names those. */
async function removeLoneHops(db: Kysely<Tables>, before: number): Promise<number> {
  const { numAffectedRows } = await sql`delete from event_hops where ctid in (
    select h.ctid from event_hops h
    where greatest(h.snapshot_at, h.graph_at, h.requested_at, h.first_attempt_at, h.delivered_at) < ${before}
      and not exists (select from webhook_events e where e.tenant = h.tenant and e.event_id = h.event_id)
    limit ${sql.lit(CHUNK)})`.execute(db)
  return Number(numAffectedRows ?? 0)
}

/** At 2,000 events a second some millions come between two times of looking: all in one statement they would take longer than a statement may. */
async function removeChanges(db: Kysely<Tables>): Promise<number> {
  const { numAffectedRows } = await sql`delete from ledger_changes where seq in (
    select seq from ledger_changes where seq < (select max(seq) from ledger_changes) - ${sql.lit(KEPT_CHANGES)}
    order by seq limit ${sql.lit(CHUNK)})`.execute(db)
  return Number(numAffectedRows ?? 0)
}

/** Calls until less than a statement's share was removed. @returns how many rows */
export async function removeWhile(remove: () => Promise<number>, signal: AbortSignal | undefined): Promise<number> {
  let removed = 0
  for (let last = CHUNK; last === CHUNK && !signal?.aborted; removed += last) last = await remove()
  return removed
}
