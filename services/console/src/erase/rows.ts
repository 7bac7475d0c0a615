import { resourceUri } from '@millrace/domain'
import { conversationsOf, type DonePlace, type ErasureScope, ownNodesOf } from '@millrace/operations'
import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'

type Handle = Kysely<Tables>

export interface RowsOf {
  readonly table: string
  readonly fits: RawBuilder<SqlBool>
}

/** Rows of a scope, table by table, in the order in which they may go: what finds others goes last. */
export function rowsOf(scope: ErasureScope): RowsOf[] {
  const { tenant } = scope
  const events = sql`${scope.events.map(({ id }) => id)}::text[]`
  const conversations = sql`${conversationsOf(scope)}::text[]`
  const recordKeys = sql`${scope.dataSubjects.map(({ id }) => `${tenant}/${id}`)}::text[]`
  const own = sql`${ownNodesOf(scope)}::text[]`
  const clients = sql`${scope.dataSubjects.flatMap(({ kind, id }) => (kind === 'client' ? [id] : []))}::text[]`
  // As handlers name them.
  const announced = sql`${[
    ...conversationsOf(scope).map((id) => resourceUri({ kind: 'conversation', tenant, id })),
    ...ownNodesOf(scope).map((id) => resourceUri({ kind: 'graph', tenant, id })),
  ]}::text[]`
  const here = sql`tenant = ${tenant}`
  const deliveries = sql`${here} and (event_id = any(${events}) or conversation_id = any(${conversations}))`
  const places: readonly (readonly [table: string, fits: RawBuilder<unknown>])[] = [
    [
      'event_payloads',
      sql`(day, tenant, event_id) in (select payload_day, tenant, event_id from webhook_events
        where ${here} and event_id = any(${events}))`,
    ],
    ['event_hops', sql`${here} and event_id = any(${events})`],
    ['event_runs', sql`${here} and event_id = any(${events})`],
    [
      'extractions',
      sql`${here} and (event_id = any(${events}) or about_id = any(${conversations}) or client_id = any(${clients}))`,
    ],
    ['attempts', sql`${here} and delivery_id in (select delivery_id from deliveries where ${deliveries})`],
    ['deliveries', deliveries],
    ['dead_letters', sql`${here} and (event_id = any(${events}) or record_key = any(${recordKeys}))`],
    ['replay_items', sql`event_id = any(${events}) and job_id in (select id from replay_jobs where ${here})`],
    ['notices', sql`${here} and subject = any(${announced})`],
    ['relationships', sql`${here} and (from_id = any(${own}) or to_id = any(${own}))`],
    ['nodes', sql`${here} and id = any(${own})`],
    ['conversations', sql`${here} and conversation_id = any(${conversations})`],
    ['ledger_changes', sql`${here} and (id = any(${events}) or id = any(${conversations}) or id = any(${own}))`],
    ['webhook_events', sql`${here} and event_id = any(${events})`],
  ]
  return places.map(([table, fits]) => ({ table, fits: fits as RawBuilder<SqlBool> }))
}

/** How many rows there are of it, by table; nothing is changed. */
export async function countRows(db: Handle, scope: ErasureScope): Promise<DonePlace[]> {
  const counts: DonePlace[] = []
  for (const { table, fits } of rowsOf(scope)) {
    const { rows } = await sql<{
      n: number
    }>`select count(*)::integer as n from ${sql.table(table)} where ${fits}`.execute(db)
    counts.push({ place: `table ${table}`, what: 'rows', count: rows[0]?.n ?? 0 })
  }
  return counts
}

/** PostgreSQL ended one of two transactions that waited for each other: the ledger and other erasures write the same tables. */
const DEADLOCK = '40P01'
const TRIES = 5

/** Deletes them in one transaction, and takes the names of what is erased out of rows that are about more. @returns how many, by table */
export async function deleteRows(db: Handle, scope: ErasureScope): Promise<DonePlace[]> {
  for (let tries = 1; ; tries++) {
    try {
      return await deleteAtOnce(db, scope)
    } catch (error) {
      if ((error as { code?: unknown }).code !== DEADLOCK || tries === TRIES) throw error
    }
  }
}

async function deleteAtOnce(db: Handle, scope: ErasureScope): Promise<DonePlace[]> {
  return await db.transaction().execute(async (trx) => {
    await sql`select set_config('statement_timeout', '120000', true)`.execute(trx)
    const counts: DonePlace[] = []
    for (const { table, fits } of rowsOf(scope)) {
      const { numAffectedRows = 0n } = await sql`delete from ${sql.table(table)} where ${fits}`.execute(trx)
      counts.push({ place: `table ${table}`, what: 'rows deleted', count: Number(numAffectedRows) })
    }
    return [...counts, ...(await cleanRows(trx, scope))]
  })
}

/** Rows that outlive what they name. */
async function cleanRows(db: Handle, scope: ErasureScope): Promise<DonePlace[]> {
  const { tenant } = scope
  const conversations = sql`${conversationsOf(scope)}::text[]`
  const clients = scope.dataSubjects.flatMap(({ kind, id }) => (kind === 'client' ? [id] : []))
  const findings = await sql`update parity_findings set differences = (
      select coalesce(jsonb_agg(one), '[]'::jsonb) from jsonb_array_elements(differences) as one
      where not coalesce(one ->> 'conversation_id' = any(${conversations}), false))
    where tenant = ${tenant} and exists (
      select 1 from jsonb_array_elements(differences) as one where one ->> 'conversation_id' = any(${conversations}))`.execute(
    db,
  )
  const jobs =
    await sql`update replay_jobs set request = request #- '{selection,conversation}' #- '{selection,client}' #- '{selection,q}'
    where tenant = ${tenant} and ended_at is not null and (request #>> '{selection,conversation}' = any(${conversations})
      or request #>> '{selection,q}' = any(${conversations}) or request #>> '{selection,client}' = any(${clients}::text[]))`.execute(
      db,
    )
  const asked =
    await sql`update approvals set params_json = ${ERASED_PARAMS}, result_json = null, reason = '', decision_reason = '',
      error = null, subject = 'client/erased'
    where tenant = ${tenant} and status not in ('pending', 'approved', 'executing') and kind in ('webhook-response', 'webhook-data')
      and subject = any(${clients.map((id) => `client/${id}`)}::text[])`.execute(db)
  return [
    { place: 'table parity_findings', what: 'conversations taken out', count: Number(findings.numAffectedRows ?? 0n) },
    { place: 'table replay_jobs', what: 'selections emptied', count: Number(jobs.numAffectedRows ?? 0n) },
    { place: 'table approvals', what: 'contents taken out', count: Number(asked.numAffectedRows ?? 0n) },
  ]
}

/** In place of what was approved. */
export const ERASED_PARAMS = JSON.stringify({ erased: true })
