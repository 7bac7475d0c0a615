import { type Kysely, sql } from 'kysely'
import type { z } from 'zod'
import type { Tables } from '../db/tables.ts'
import { countsByMinute, MINUTE, minutesSince, percentileOf, seriesOf, sumsByLabel } from './minute-counts.ts'
import { noticeOf } from './notices.ts'
import type { Reading } from './reading.ts'
import type { overview } from './schemas/overview.ts'

export type Overview = z.infer<typeof overview>

/** Counting more rows one by one would take longer than anybody waits. */
const COUNTED = 10_000
const SHOWN_NOTICES = 5
const SHOWN_RULES = 20

/** The state of a tenant and of what serves it. What is slow or away is left out rather than waited for. */
export async function readOverview(
  reading: Reading,
  tenant: string,
  minutes: number,
  now = Date.now(),
): Promise<Overview> {
  const { db } = reading
  const since = Math.floor(now / MINUTE) * MINUTE - (minutes - 1) * MINUTE
  const span = { tenant, since }
  const [ledger, events, freshness, deliveries, dead, failures, notices] = await Promise.all([
    reading.ledger.read(),
    eventFigures(db, span, now),
    freshnessOf(db, span),
    deliveryFigures(db, span),
    deadLetters(db, tenant),
    verificationFailures(db, span),
    lastNotices(db, tenant),
  ])
  const [lag, services, fronts] = await Promise.all([reading.lag(), reading.services(), reading.fronts(tenant)])
  return {
    as_of: now,
    since,
    ledger,
    events,
    freshness,
    deliveries,
    dead_letters: dead,
    verification_failures: failures,
    consumers: { as_of: lag?.asOf ?? null, items: [...(lag?.value ?? [])] },
    front_accounts: fronts,
    services: { as_of: services?.asOf ?? null, items: [...(services?.value ?? [])] },
    notices,
  }
}

interface Span {
  readonly tenant: string
  readonly since: number
}

async function eventFigures(db: Kysely<Tables>, span: Span, now: number): Promise<Overview['events']> {
  const [counts, pending, failed] = await Promise.all([
    countsByMinute(db, { ...span, metric: 'event' }),
    countUpTo(db, span.tenant, 'pending'),
    countUpTo(db, span.tenant, 'failed'),
  ])
  const minutes = minutesSince(span.since, now)
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  return { total, pending, failed, minutes, series: seriesOf(counts, minutes) }
}

async function countUpTo(db: Kysely<Tables>, tenant: string, status: 'pending' | 'failed'): Promise<number> {
  const some = db
    .selectFrom('webhook_events')
    .select('event_id')
    .where('tenant', '=', tenant)
    .where('status', '=', status)
    .limit(COUNTED)
  const row = await db
    .selectFrom(some.as('some'))
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return row.count
}

async function freshnessOf(db: Kysely<Tables>, span: Span): Promise<Overview['freshness']> {
  const [histogram, oldest] = await Promise.all([
    sumsByLabel(db, { ...span, metric: 'freshness' }),
    oldestWaiting(db, span.tenant),
  ])
  return {
    p50_ms: percentileOf(histogram, 50),
    p99_ms: percentileOf(histogram, 99),
    events: [...histogram.values()].reduce((sum, count) => sum + count, 0),
    oldest_waiting_since: oldest,
  }
}

/** Of the oldest events that are not done, the first of a conversation that no snapshot reflects yet. */
async function oldestWaiting(db: Kysely<Tables>, tenant: string): Promise<number | null> {
  const oldest = db
    .selectFrom('webhook_events')
    .select(['tenant', 'event_id', 'conversation_id', 'received_at', 'created_at'])
    .where('tenant', '=', tenant)
    .where('status', '=', 'pending')
    .orderBy('created_at')
    .orderBy('event_id')
    .limit(1_000)
  const row = await db
    .selectFrom(oldest.as('e'))
    .leftJoin('event_hops as h', (on) => on.onRef('h.tenant', '=', 'e.tenant').onRef('h.event_id', '=', 'e.event_id'))
    .select('e.received_at as since')
    .where('e.conversation_id', 'is not', null)
    .where('h.snapshot_at', 'is', null)
    .orderBy('e.created_at')
    .orderBy('e.event_id')
    .limit(1)
    .executeTakeFirst()
  return row?.since ?? null
}

async function deliveryFigures(db: Kysely<Tables>, span: Span): Promise<Overview['deliveries']> {
  const [outcomes, dead, oldest] = await Promise.all([
    sumsByLabel(db, { ...span, metric: 'attempt' }),
    sumsByLabel(db, { ...span, metric: 'dead' }),
    oldestUndelivered(db, span.tenant),
  ])
  const succeeded = outcomes.get('succeeded') ?? 0
  const died = [...dead].reduce((sum, [topic, count]) => sum + (topic.includes('deliveries.') ? count : 0), 0)
  return {
    succeeded,
    dead: died,
    waiting: oldest.reduce((sum, { count }) => sum + count, 0),
    success_ratio: succeeded + died === 0 ? null : succeeded / (succeeded + died),
    oldest_undelivered: oldest,
  }
}

/** Every cause has its place in the index, so its oldest is found without looking at the others. */
async function oldestUndelivered(
  db: Kysely<Tables>,
  tenant: string,
): Promise<Overview['deliveries']['oldest_undelivered']> {
  const { rows } = await sql<{ cause: string; count: number; since: number; delivery_id: string; endpoint_id: string }>`
    select cause.word as cause, counted.count, oldest.requested_at as since, oldest.delivery_id, oldest.endpoint_id
    from unnest(array['', 'retry', 'throttled', 'breaker', 'order', 'preview']) as cause (word)
    cross join lateral (
      select requested_at, delivery_id, endpoint_id from deliveries
      where tenant = ${tenant} and waiting_for = cause.word and state in ('requested', 'waiting')
      order by requested_at limit 1
    ) as oldest
    cross join lateral (
      select count(*) as count from (
        select 1 from deliveries
        where tenant = ${tenant} and waiting_for = cause.word and state in ('requested', 'waiting') limit ${COUNTED}
        ) as few
    ) as counted
    order by oldest.requested_at`.execute(db)
  return rows.map((row) => ({ ...row, cause: row.cause || 'requested' }))
}

async function deadLetters(db: Kysely<Tables>, tenant: string): Promise<Overview['dead_letters']> {
  const some = db
    .selectFrom('dead_letters')
    .select('at')
    .where('tenant', '=', tenant)
    .where('redriven_at', 'is', null)
    .limit(COUNTED)
  const row = await db
    .selectFrom(some.as('some'))
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('at').as('oldest_at')])
    .executeTakeFirstOrThrow()
  return row
}

async function verificationFailures(
  db: Kysely<Tables>,
  { tenant, since }: Span,
): Promise<Overview['verification_failures']> {
  const rows = await db
    .selectFrom('rejected_requests')
    .select(({ fn }) => [
      'rule',
      'source',
      sql<number>`sum(1 + unsampled)::bigint`.as('count'),
      fn.max('received_at').as('last_at'),
      fn.agg<boolean>('bool_or', ['is_explained']).as('is_explained'),
    ])
    .where('tenant', '=', tenant)
    .where('received_at', '>=', since)
    .groupBy(['rule', 'source'])
    .orderBy('count', 'desc')
    .execute()
  return { total: rows.reduce((sum, { count }) => sum + count, 0), rules: rows.slice(0, SHOWN_RULES) }
}

async function lastNotices(db: Kysely<Tables>, tenant: string): Promise<Overview['notices']> {
  const rows = await db
    .selectFrom('notices')
    .selectAll()
    .where('tenant', '=', tenant)
    // What handlers tell programs is no warning to a person.
    .where('kind', '!=', 'resource-updated')
    .orderBy('at', 'desc')
    .orderBy('notice_id', 'desc')
    .limit(SHOWN_NOTICES)
    .execute()
  return rows.map(noticeOf)
}
