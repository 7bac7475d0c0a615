import type { EventReplay, WebhookEvent } from '@millrace/schemas'
import { type Expression, type Kysely, type Selectable, type SqlBool, sql } from 'kysely'
import type { z } from 'zod'
import type { WebhookEventsTable } from '../db/event-tables.ts'
import type { Tables } from '../db/tables.ts'
import { ConsoleError } from '../errors.ts'
import { payloadBytes } from '../ledger/payload-text.ts'
import { conditionsOf, type Events, eventsOfDelivery } from '../read/find-events.ts'
import { typesOf } from '../read/known-types.ts'
import type { replaySelection } from './schemas.ts'

export type Selection = z.infer<typeof replaySelection>
/** A selection with an end: what is received later is no part of it. */
export type FixedSelection = Selection & { readonly until: number }

export type Condition = (eb: Events) => Expression<SqlBool>

/** What a target has a use for, as far as columns tell. */
export function usedBy(target: Pick<EventReplay, 'target_kind' | 'target'>): Condition {
  const isSnapshot = target.target_kind === 'group' && target.target === 'conversation-snapshot'
  return (eb) =>
    isSnapshot ? eb.and([eb('provider', '=', 'front'), eb('conversation_id', 'is not', null)]) : eb.lit(true)
}

/** What `q` may be an id of. */
const ids = ['event_id', 'webhook_id', 'conversation_id', 'contact_id', 'client_id'] as const

/** The condition of a selection within a tenant. Types with a `*` are looked up once. */
export async function conditionOf(
  db: Kysely<Tables>,
  tenant: string,
  { event_ids, q, type, ...rest }: FixedSelection,
): Promise<Condition> {
  const types = type === undefined ? undefined : await typesOf(db, tenant, type)
  const delivered = q === undefined ? [] : await eventsOfDelivery(db, tenant, q)
  return (eb) =>
    eb.and([
      eb('tenant', '=', tenant),
      ...conditionsOf(eb, rest),
      ...(types === undefined ? [] : [types.length === 0 ? eb.lit(false) : eb('event_type', 'in', types)]),
      ...(q === undefined ? [] : [eb.or([...ids.map((column) => eb(column, '=', q)), ...ofDelivery(eb, delivered)])]),
      ...(event_ids === undefined ? [] : [eb('event_id', 'in', event_ids)]),
    ])
}

function ofDelivery(eb: Events, events: readonly string[]): Expression<SqlBool>[] {
  return events.length === 0 ? [] : [eb('event_id', 'in', events)]
}

/**
 * A selection that names an event which is not there would quietly choose less.
 * @throws ConsoleError `MR_CONSOLE_NOT_FOUND` with the place of each, up to 100
 */
export async function requireKnown(db: Kysely<Tables>, tenant: string, { event_ids = [] }: Selection): Promise<void> {
  if (event_ids.length === 0) return
  const rows = await db
    .selectFrom('webhook_events')
    .select('event_id')
    .where('tenant', '=', tenant)
    .where('event_id', 'in', event_ids)
    .execute()
  const known = new Set(rows.map(({ event_id }) => event_id))
  const problems = event_ids.flatMap((id, place) =>
    known.has(id) ? [] : [{ pointer: `/selection/event_ids/${place}`, detail: 'is no event of this tenant' }],
  )
  if (problems.length === 0) return
  const detail = `${problems.length} of ${event_ids.length} events are not in this tenant, or no longer.`
  throw new ConsoleError('MR_CONSOLE_NOT_FOUND', { detail, problems: problems.slice(0, MAX_PROBLEMS) })
}

const MAX_PROBLEMS = 100

/** Whether the payload of an event is still kept. */
const hasPayload = sql<boolean>`exists (select 1 from event_payloads p
  where p.day = webhook_events.payload_day and p.tenant = webhook_events.tenant and p.event_id = webhook_events.event_id)`

export interface Counts {
  /** Fits, is of use to the target, and can be written. */
  readonly count: number
  readonly unfit: number
  readonly unavailable: number
}

/** Counts a selection exactly. */
export async function countEvents(db: Kysely<Tables>, condition: Condition, used: Condition): Promise<Counts> {
  const row = await db
    .selectFrom('webhook_events')
    .where((eb) => condition(eb))
    .select((eb) => [
      eb.fn.countAll<number>().as('all'),
      eb.fn
        .countAll<number>()
        .filterWhere((each) => each.not(used(each as Events)))
        .as('unfit'),
      eb.fn
        .countAll<number>()
        .filterWhere((each) => each.and([used(each as Events), sql<SqlBool>`not ${hasPayload}`]))
        .as('unavailable'),
    ])
    .executeTakeFirstOrThrow()
  const [all, unfit, unavailable] = [Number(row.all), Number(row.unfit), Number(row.unavailable)]
  return { count: all - unfit - unavailable, unfit, unavailable }
}

/** Writes down the events of a selection as the items of a job, oldest first. @returns how many */
export async function insertItems(
  db: Kysely<Tables>,
  jobId: string,
  { condition, used, limit }: { readonly condition: Condition; readonly used: Condition; readonly limit: number },
): Promise<number> {
  const { numInsertedOrUpdatedRows = 0n } = await db
    .insertInto('replay_items')
    .columns(['job_id', 'seq', 'event_id', 'payload_day'])
    .expression((eb) =>
      eb
        .selectFrom('webhook_events')
        .where((each) => each.and([condition(each as Events), used(each as Events), sql<SqlBool>`${hasPayload}`]))
        .select([
          sql<string>`${jobId}::text`.as('job_id'),
          sql<number>`(row_number() over (order by received_at, event_id) - 1)::integer`.as('seq'),
          'event_id',
          'payload_day',
        ])
        .limit(limit),
    )
    .executeTakeFirstOrThrow()
  return Number(numInsertedOrUpdatedRows)
}

/** Events of a selection with their payloads, oldest first, in pages. What has no payload any more is counted to `onMissing`. */
export async function* eventsOf(
  db: Kysely<Tables>,
  tenant: string,
  condition: Condition,
  { pageSize, onMissing }: { readonly pageSize: number; readonly onMissing: (count: number) => void },
): AsyncGenerator<StoredEvent[]> {
  let after: readonly [number, string] | undefined
  for (;;) {
    const page = await db
      .selectFrom('webhook_events')
      .select(['event_id', 'payload_day', 'received_at'])
      .where((eb) => condition(eb))
      .$if(after !== undefined, (found) =>
        found.where(sql<SqlBool>`(received_at, event_id) > (${after?.[0]}, ${after?.[1]})`),
      )
      .orderBy('received_at')
      .orderBy('event_id')
      .limit(pageSize)
      .execute()
    const stored = await loadEvents(db, tenant, page)
    const events = page.flatMap(({ event_id, payload_day }) => {
      const event = stored.get(event_id)
      return event === undefined || event === 'gone' ? [] : [{ event, payloadDay: payload_day }]
    })
    onMissing(page.length - events.length)
    yield events
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    after = [last.received_at, last.event_id]
  }
}

export interface StoredEvent {
  readonly event: WebhookEvent
  readonly payloadDay: number
}

/** An item of a job. `gone`: its payload is kept no longer. `unknown`: the ledger does not have the event just now, as while it is rebuilt. */
export interface Item {
  readonly seq: number
  readonly event: WebhookEvent | 'gone' | 'unknown'
}

/** The next items of a job with their events, in order. */
export async function itemsOf(
  db: Kysely<Tables>,
  job: { readonly id: string; readonly tenant: string },
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<Item[]> {
  const items = await db
    .selectFrom('replay_items')
    .select(['seq', 'event_id', 'payload_day'])
    .where('job_id', '=', job.id)
    .where('seq', '>=', from)
    .where('seq', '<', from + limit)
    .orderBy('seq')
    .execute()
  const stored = await loadEvents(db, job.tenant, items)
  return items.map(({ seq, event_id }) => ({ seq, event: stored.get(event_id) ?? 'unknown' }))
}

/** Events by id, as dedup wrote them; `gone` where the payload is kept no longer. */
async function loadEvents(
  db: Kysely<Tables>,
  tenant: string,
  refs: readonly { readonly event_id: string; readonly payload_day: number }[],
): Promise<Map<string, WebhookEvent | 'gone'>> {
  if (refs.length === 0) return new Map()
  const ids = refs.map(({ event_id }) => event_id)
  const days = [...new Set(refs.map(({ payload_day }) => payload_day))]
  const [rows, payloads] = await Promise.all([
    db.selectFrom('webhook_events').selectAll().where('tenant', '=', tenant).where('event_id', 'in', ids).execute(),
    db
      .selectFrom('event_payloads')
      .select(['event_id', 'payload', 'bytes', 'sealed'])
      .where('day', 'in', days)
      .where('tenant', '=', tenant)
      .where('event_id', 'in', ids)
      .execute(),
  ])
  const bytes = new Map(payloads.map((row) => [row.event_id, payloadBytes(row)]))
  return new Map(rows.map((row) => [row.event_id, eventOfRow(row, bytes.get(row.event_id) ?? null)]))
}

function eventOfRow(row: Selectable<WebhookEventsTable>, payload: Buffer | null): WebhookEvent | 'gone' {
  if (payload === null) return 'gone'
  return {
    event_id: row.event_id,
    identity: row.identity as WebhookEvent['identity'],
    tenant: row.tenant,
    account: row.account,
    provider: row.provider,
    source: row.source,
    origin: row.origin as WebhookEvent['origin'],
    type: row.event_type,
    priority: row.priority as WebhookEvent['priority'],
    provider_type: row.provider_type,
    completeness: row.completeness as WebhookEvent['completeness'],
    occurred_at: row.occurred_at,
    received_at: row.received_at,
    webhook_id: row.webhook_id,
    conversation_id: row.conversation_id,
    contact_id: row.contact_id,
    client_id: row.client_id,
    received_position: row.received_position,
    reply_to: null,
    content_type: row.content_type,
    payload,
  }
}
