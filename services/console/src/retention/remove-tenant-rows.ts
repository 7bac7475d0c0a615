import { type Kysely, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { DAY_MS } from '../ledger/project-events.ts'
import { agingTables, CHUNK, removeWhile } from '../ledger/retention.ts'

/** Removes what happened at the tenant before a time (epoch milliseconds), payloads by whole days. @returns how many rows */
export async function removeTenantRows(
  db: Kysely<Tables>,
  tenant: string,
  before: number,
  signal?: AbortSignal,
): Promise<number> {
  let removed = await removeWhile(() => removePayloads(db, tenant, Math.floor(before / DAY_MS)), signal)
  for (const [table, column] of Object.entries(agingTables))
    removed += await removeWhile(() => removeFrom(db, tenant, table, column, before), signal)
  removed += await removeWhile(() => removeHops(db, tenant, before), signal)
  return removed
}

/** A row's place tells nothing across partitions. */
async function removePayloads(db: Kysely<Tables>, tenant: string, oldest: number): Promise<number> {
  const { numAffectedRows } = await sql`delete from event_payloads where (day, tenant, event_id) in (
    select day, tenant, event_id from event_payloads where tenant = ${tenant} and day < ${oldest} limit ${sql.lit(CHUNK)})`.execute(
    db,
  )
  return Number(numAffectedRows ?? 0)
}

async function removeFrom(
  db: Kysely<Tables>,
  tenant: string,
  table: string,
  column: string,
  before: number,
): Promise<number> {
  const name = sql.table(table)
  const { numAffectedRows } = await sql`delete from ${name} where ctid in (
    select ctid from ${name} where ${sql.ref(column)} < ${before} and tenant = ${tenant} limit ${sql.lit(CHUNK)})`.execute(
    db,
  )
  return Number(numAffectedRows ?? 0)
}

/** Hops outlive their events where a snapshot still names those. */
async function removeHops(db: Kysely<Tables>, tenant: string, before: number): Promise<number> {
  const { numAffectedRows } = await sql`delete from event_hops where ctid in (
    select h.ctid from event_hops h
    where h.tenant = ${tenant}
      and greatest(h.snapshot_at, h.graph_at, h.requested_at, h.first_attempt_at, h.delivered_at) < ${before}
      and not exists (select from webhook_events e where e.tenant = h.tenant and e.event_id = h.event_id)
    limit ${sql.lit(CHUNK)})`.execute(db)
  return Number(numAffectedRows ?? 0)
}
