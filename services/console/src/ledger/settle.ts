import { sql } from 'kysely'
import { type Handle, jsonOf } from './json-rows.ts'
import { countOne, type EventKey, type LedgerRows } from './rows.ts'

/** Up to where every group that reads events was seen to be done, by partition, once all that it wrote was read too. */
export type Watermarks = ReadonlyMap<number, number>

/** Events looked at in one transaction for each partition at most. */
const CHUNK = 1_500
/** Upper bounds of receipt to snapshot, in milliseconds; beyond the last: `inf`. */
const FRESHNESS_MS = [100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000]

interface Settled extends EventKey {
  readonly status: string
  readonly is_first: boolean
  readonly received_at: number
  readonly snapshot_at: number | null
  readonly changed_at: number
}

/**
 * Moves the watermarks on, by a bounded number of events, and tells the status of those below them and of the touched ones:
 * failed while a dead letter of it was not put back; processed once its groups, its snapshot and its deliveries are done; else pending.
 * @returns whether more is to be done for these watermarks
 */
export async function settle(db: Handle, rows: LedgerRows, wanted: Watermarks): Promise<boolean> {
  const { reached, isMore } = await advance(db, wanted)
  const settled = await update(db, [...rows.touched.values()], reached)
  for (const { tenant, event_id, status, is_first, received_at, snapshot_at, changed_at } of settled) {
    rows.changes.push({ tenant, kind: 'event', id: event_id, at: changed_at })
    if (status === 'processed' && is_first && snapshot_at !== null)
      countOne(rows, tenant, 'freshness', bucketOf(snapshot_at - received_at), snapshot_at)
  }
  return isMore
}

interface Reached {
  readonly partition: number
  readonly from: number
  readonly to: number
}

async function advance(db: Handle, wanted: Watermarks): Promise<{ reached: Reached[]; isMore: boolean }> {
  if (wanted.size === 0) return { reached: [], isMore: false }
  const known = await db.selectFrom('ledger_watermarks').selectAll().execute()
  const from = new Map(known.map(({ partition, next_offset }) => [partition, next_offset]))
  const reached: Reached[] = []
  let isMore = false
  for (const [partition, end] of wanted) {
    const start = from.get(partition) ?? 0
    if (end <= start) continue
    const { rows } = await sql<{ last: number | null }>`select max(events_offset) as last from (
      select events_offset from webhook_events e where ${isPending} and events_partition = ${partition}
        and events_offset >= ${start} and events_offset < ${end} order by events_offset limit ${sql.lit(CHUNK)}
    ) as chunk having count(*) = ${sql.lit(CHUNK)}`.execute(db)
    const last = rows[0]?.last ?? null
    const to = last === null ? end : last + 1
    isMore ||= to < end
    reached.push({ partition, from: start, to })
  }
  const next = reached.map(({ partition, to }) => ({ partition, next_offset: to }))
  if (next.length > 0)
    await sql`insert into ledger_watermarks select * from json_populate_recordset(null::ledger_watermarks, ${jsonOf(next)}::json)
      on conflict (partition) do update set next_offset = excluded.next_offset`.execute(db)
  return { reached, isMore }
}

async function update(
  db: Handle,
  touched: readonly EventKey[],
  reached: readonly Reached[],
): Promise<readonly Settled[]> {
  if (touched.length === 0 && reached.length === 0) return []
  // What is not below its watermark yet will be looked at then; most of what is touched is not.
  const { rows } = await sql<Settled>`with candidates as (
      select ${looked}
      from json_populate_recordset(null::event_hops, ${jsonOf(touched)}::json) as given
      join webhook_events e on e.tenant = given.tenant and e.event_id = given.event_id
      left join ledger_watermarks w on w.partition = e.events_partition
      where e.events_offset < w.next_offset
        or exists (select from dead_letters d where d.tenant = e.tenant and d.event_id = e.event_id)
        or exists (select from event_runs r where r.tenant = e.tenant and r.event_id = e.event_id)
      ${sql.join(reached.map(openIn), sql` `)}
    ), standing as (
      select e.*, h.snapshot_at, dead.why, dead.at as dead_at, runs.count as runs,
        coalesce(e.events_offset < w.next_offset, false)
          and (e.provider <> 'front' or e.conversation_id is null or h.snapshot_at is not null
            or coalesce(c.written_at >= e.created_at and not e.event_id = any (c.pending), false))
          and sent.open = 0 as is_done,
        greatest(e.created_at, h.snapshot_at, h.graph_at, sent.ended_at) as done_at
      from candidates e
      left join ledger_watermarks w on w.partition = e.events_partition
      left join event_hops h on h.tenant = e.tenant and h.event_id = e.event_id
      left join conversations c on c.tenant = e.tenant and c.conversation_id = e.conversation_id
      left join lateral (
        select d.error_code || ': ' || d.error_message as why, d.at from dead_letters d
        where d.tenant = e.tenant and d.event_id = e.event_id and d.redriven_at is null
        order by d.at desc, d.topic, d.partition, d."offset" limit 1
      ) dead on true
      left join lateral (
        select count(*) filter (where d.state in ('requested', 'waiting')) as open, max(d.ended_at) as ended_at
        from deliveries d where d.tenant = e.tenant and d.event_id = e.event_id and d.run_id = ''
      ) sent on true
      left join lateral (
        select count(*)::integer as count from event_runs r where r.tenant = e.tenant and r.event_id = e.event_id
      ) runs on true
    ), told as (
      select *, case when why is not null then 'failed' when is_done then 'processed' else 'pending' end as status from standing
    )
    update webhook_events e
    set status = t.status, error_message = t.why, run_count = t.runs,
      processed_at = case when t.status = 'processed' then t.done_at end
    from told t
    where e.tenant = t.tenant and e.event_id = t.event_id
      and (e.status, e.error_message, e.run_count, e.processed_at) is distinct from
        (t.status, t.why, t.runs, case when t.status = 'processed' then t.done_at end)
    returning e.tenant, e.event_id, e.status, t.processed_at is null as is_first, e.received_at, t.snapshot_at,
      coalesce(t.dead_at, t.done_at) as changed_at`.execute(db)
  return rows
}

/** In the words of the index by place. */
const isPending = sql.raw('e.processed_at is null and e.error_message is null')

/** All that is asked of an event, so that it is looked up once. */
const looked = sql.raw(
  [
    'tenant',
    'event_id',
    'provider',
    'conversation_id',
    'created_at',
    'processed_at',
    'events_partition',
    'events_offset',
  ]
    .map((column) => `e.${column}`)
    .join(', '),
)

/** Named by constants, each span is found along its index; joined with a list, all open events would be read for each chunk. */
function openIn({ partition, from, to }: Reached) {
  return sql`union select ${looked} from webhook_events e where ${isPending}
    and e.events_partition = ${sql.lit(partition)} and e.events_offset >= ${sql.lit(from)} and e.events_offset < ${sql.lit(to)}`
}

function bucketOf(ms: number): string {
  return String(FRESHNESS_MS.find((bound) => ms <= bound) ?? 'inf')
}
