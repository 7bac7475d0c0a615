import { sql } from 'kysely'
import { type Handle, insertRows, jsonOf, upsertRows } from './json-rows.ts'
import { joined, type LedgerRows, touch } from './rows.ts'

/** Where payloads go: a partition a day. */
export interface PayloadDays {
  /** Days that have a partition. Only what was committed belongs here. */
  readonly known: ReadonlySet<number>
  /** Payloads of days before it are past their retention and are not kept. */
  readonly oldest: number
}

/** Writes new events with their payloads. An id that is there already from another receipt becomes one more run of its event. */
export async function writeEvents(db: Handle, rows: LedgerRows, days: PayloadDays): Promise<readonly number[]> {
  if (rows.events.length === 0) return []
  const first = new Map<string, (typeof rows.events)[number]>()
  for (const event of rows.events) {
    const key = joined(event.tenant, event.event_id)
    if (first.has(key)) rows.runs.push(asRepeat(event))
    else first.set(key, event)
  }
  const events = [...first.values()]
  const inserted = await insertRows(db, 'webhook_events', events)
  if (inserted < events.length) rows.runs.push(...(await repeatsOf(db, events)))
  return await writePayloads(db, rows, days)
}

/** Those whose id stands for another receipt. */
async function repeatsOf(db: Handle, events: LedgerRows['events']): Promise<LedgerRows['runs']> {
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

function asRepeat(event: LedgerRows['events'][number]): LedgerRows['runs'][number] {
  return {
    tenant: event.tenant,
    run_id: event.received_position,
    event_id: event.event_id,
    kind: 'repeat',
    ...{ replay_id: null, target_kind: null, target: null, keeps_ids: null, requested_by: null },
    replayed_at: event.created_at,
    position_partition: event.events_partition,
    position_offset: event.events_offset,
  }
}

/** Answers the days whose partition was made for it. */
async function writePayloads(db: Handle, { payloads }: LedgerRows, { known, oldest }: PayloadDays): Promise<number[]> {
  const kept = payloads.filter(({ day }) => day >= oldest)
  const made = [...new Set(kept.map(({ day }) => day))].filter((day) => !known.has(day))
  for (const day of made) {
    const name = sql.table(partitionName(day))
    await sql`create table if not exists ${name} partition of event_payloads
      for values from (${sql.lit(day)}) to (${sql.lit(day + 1)})`.execute(db)
  }
  await insertRows(db, 'event_payloads', kept)
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
  await insertRows(db, 'event_hops', [...rows.hops.values()], conflict)
}

export async function writeRuns(db: Handle, rows: LedgerRows): Promise<void> {
  for (const { tenant, event_id } of rows.runs) touch(rows, tenant, event_id)
  const runs = new Map(rows.runs.map((run) => [joined(run.tenant, run.run_id), run]))
  await upsertRows(db, 'event_runs', ['tenant', 'run_id'], [...runs.values()])
}
