import { randomUUID } from 'node:crypto'
import type { Kafka } from '@millrace/kafka'
import type { Topic } from '@millrace/schemas'
import { type Selectable, sql } from 'kysely'
import type { LedgerStateTable, LedgerTables } from '../db/ledger-tables.ts'
import type { Handle } from './json-rows.ts'
import type { Positions } from './positions.ts'
import { joined } from './rows.ts'

export type LedgerState = Selectable<LedgerStateTable>

/** Everything that the projection writes; all of it can be emptied at any time. */
const projected: readonly (keyof LedgerTables)[] = [
  'webhook_events',
  'event_payloads',
  'event_hops',
  'event_runs',
  'conversations',
  'extractions',
  'nodes',
  'relationships',
  'deliveries',
  'attempts',
  'endpoints',
  'endpoint_states',
  'modes',
  'poll_positions',
  'parity_findings',
  'notices',
  'dead_letters',
  'rejected_requests',
  'minute_counts',
  'ledger_changes',
  'ledger_positions',
  'ledger_watermarks',
  'ledger_state',
]

export async function readLedgerState(db: Handle): Promise<LedgerState | undefined> {
  return await db.selectFrom('ledger_state').selectAll().executeTakeFirst()
}

/** Whether a ledger has to be made from nothing: there is none, it is of another cluster, or somebody asked for it. */
export function mustStartAnew(state: LedgerState | undefined, clusterId: string): boolean {
  if (state === undefined || state.cluster_id !== clusterId) return true
  return state.rebuild_asked_at !== null && state.rebuild_asked_at > (state.rebuild_began_at ?? 0)
}

/** Empties the ledger. Whoever still projects into the old one finds the positions gone, and begins again too. */
export async function startAnew(db: Handle, clusterId: string, total: number): Promise<void> {
  await sql`truncate ${sql.join(projected.map((table) => sql.table(table)))}`.execute(db)
  const now = Date.now()
  await db
    .insertInto('ledger_state')
    .values({
      incarnation: randomUUID(),
      cluster_id: clusterId,
      as_of: 0,
      rebuild_total: total,
      rebuild_done: 0,
      rebuild_began_at: now,
      rebuild_asked_at: null,
    })
    .execute()
}

/** Records that the topics hold from these positions on; offsets that are no records count too. */
export async function countAhead(
  kafka: Kafka,
  topics: readonly Topic<unknown>[],
  positions: Positions,
): Promise<number> {
  const counts = await Promise.all(
    topics.map(async (topic) => {
      const [starts, ends] = await Promise.all([kafka.starts(topic), kafka.ends(topic)])
      return Array.from(ends, ([partition, end]) => {
        const start = starts.get(partition) ?? 0n
        const position = positions.get(joined(topic.name, partition))?.offset ?? start
        return Number(end - (position > start ? position : start))
      })
    }),
  )
  return counts.flat().reduce((sum, count) => sum + Math.max(0, count), 0)
}

/** What was asked longer ago says that a rebuild is nearly done, not that it is. */
const FRESH_MS = 10_000

/** Notes that everything written until `asOf` is in. False when there is no ledger any more, or somebody asked for a new one. */
export async function noteCaughtUp(db: Handle, asOf: number): Promise<boolean> {
  const { numAffectedRows } = await sql`update ledger_state
    set as_of = greatest(as_of, ${asOf}),
      rebuild_total = case when ${Date.now() - asOf < FRESH_MS}::boolean then 0 else rebuild_total end
    where rebuild_asked_at is null or rebuild_asked_at <= rebuild_began_at`.execute(db)
  return numAffectedRows === 1n
}

export async function noteProgress(db: Handle, done: number): Promise<void> {
  await sql`update ledger_state set rebuild_done = least(rebuild_total, rebuild_done + ${done}) where rebuild_total > 0`.execute(
    db,
  )
}

/** Asks whoever projects for a ledger from nothing. */
export async function askForRebuild(db: Handle, now: number): Promise<void> {
  await sql`update ledger_state set rebuild_asked_at = ${now}`.execute(db)
}
