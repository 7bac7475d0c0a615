import { z } from 'zod'
import { count, ledgerState, time } from './common.ts'
import { noticeRow } from './operations.ts'

export const overviewQuery = z.object({
  minutes: z.coerce.number().int().min(5).max(1_440).default(60).describe('How far back the figures look.'),
})

const eventFigures = z.object({
  total: count,
  pending: count.describe('Of all that is kept, not only of these minutes; counted up to 10,000.'),
  failed: count.describe('The same.'),
  minutes: z.array(time).describe('The beginning of each minute, oldest first; the last one is under way.'),
  series: z
    .array(z.object({ type: z.string(), total: count, counts: z.array(count).describe('One for each of `minutes`.') }))
    .describe('The most frequent types first, at most 12; `other` is the rest.'),
})

const freshness = z
  .object({
    p50_ms: count.nullable(),
    p99_ms: count.nullable(),
    events: count.describe('That it was measured on: the last of these minutes, at most 5,000.'),
    oldest_waiting_since: time.nullable().describe('The oldest event of a conversation that no snapshot reflects yet.'),
  })
  .describe('From receipt to the snapshot that reflects it.')

const deliveryFigures = z.object({
  succeeded: count,
  dead: count.describe('Given up.'),
  waiting: count.describe('Not ended, of whatever age; counted up to 10,000.'),
  success_ratio: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe('Of those that ended in these minutes; null where none did.'),
  oldest_undelivered: z
    .array(
      z.object({
        cause: z.string().describe('`requested`, `retry`, `throttled`, `breaker`, `order` or `preview`.'),
        count: count.describe('Counted up to 10,000.'),
        since: time,
        delivery_id: z.string(),
        endpoint_id: z.string(),
      }),
    )
    .describe('By cause, the oldest first.'),
})

const consumerLag = z.object({
  group: z.string(),
  topic: z.string(),
  lag: count.nullable().describe('Records; null while it is not known, as of a group that never committed.'),
})

const verificationFailures = z.object({
  total: count.describe('Requests that could not be proven, in these minutes.'),
  rules: z
    .array(z.object({ rule: z.string(), source: z.string(), count, last_at: time, is_explained: z.boolean() }))
    .describe('Most frequent first, at most 20.'),
})

export const frontLane = z.object({
  lane: z.string(),
  used: count.describe('Calls of the plan that count now: those of the last minute.'),
  is_waiting: z.boolean(),
})

export const frontAccount = z
  .object({
    account: z.string(),
    is_callable: z.boolean().describe('False: no API token and no authorised OAuth client is configured.'),
    calls_per_minute: count.describe('The setting.'),
    plan: count.nullable().describe('As Front’s answers tell it; the lower of the two holds.'),
    remaining: count.nullable(),
    burst_remaining: count.nullable(),
    lanes: z.array(frontLane),
    last_success_at: time.nullable(),
    last_failure_at: time.nullable(),
    last_failure: z.string().nullable(),
    refused: z.array(
      z.object({
        route: z.string(),
        status: z.number().int(),
        missing_scopes: z.array(z.string()),
        since: time,
        next_try_at: time,
      }),
    ),
  })
  .meta({ id: 'FrontAccount' })

export const serviceHealth = z
  .object({
    name: z.string(),
    state: z
      .enum(['up', 'limited', 'not-ready', 'down'])
      .describe(
        '`limited`: it answers, but a part is away without which it cannot do everything, as a gateway without Kafka, which stores nothing. `down`: it does not answer.',
      ),
    detail: z.string().nullable().describe('Why, where it is not up.'),
    checks: z.array(z.object({ name: z.string(), is_ok: z.boolean(), detail: z.string().nullable() })),
  })
  .meta({ id: 'ServiceHealth' })

export const overview = z
  .object({
    as_of: time,
    since: time,
    ledger: ledgerState,
    events: eventFigures,
    freshness,
    deliveries: deliveryFigures,
    dead_letters: z.object({ count, oldest_at: time.nullable() }),
    verification_failures: verificationFailures,
    consumers: z
      .object({ as_of: time.nullable(), items: z.array(consumerLag) })
      .describe('`as_of` null: Kafka has not told yet.'),
    front_accounts: z.array(frontAccount).nullable().describe('Null when Redis, where it is noted, does not tell.'),
    services: z.object({ as_of: time.nullable(), items: z.array(serviceHealth) }),
    notices: z.array(noticeRow).describe('The last 5.'),
  })
  .meta({ id: 'Overview' })
