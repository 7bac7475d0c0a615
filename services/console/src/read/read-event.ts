import { topics } from '@millrace/schemas'
import type { Kysely } from 'kysely'
import type { z } from 'zod'
import type { EventRunsTable } from '../db/event-tables.ts'
import type { Tables } from '../db/tables.ts'
import { payloadBytes, textOrBytes } from '../ledger/payload-text.ts'
import { summaryColumns, summaryOf } from './event-rows.ts'
import { found } from './not-found.ts'
import type { eventDetail, eventPayload, eventRun } from './schemas/events.ts'

export type EventDetail = z.infer<typeof eventDetail>
export type EventPayload = z.infer<typeof eventPayload>

const MAX_RUNS = 100

/**
 * One event with the times of its hops and its runs.
 * @throws ConsoleError `MR_CONSOLE_NOT_FOUND`
 */
export async function readEvent(db: Kysely<Tables>, tenant: string, eventId: string): Promise<EventDetail> {
  const [row, runs] = await Promise.all([eventRow(db, tenant, eventId), runsOf(db, tenant, eventId)])
  const { events_partition: partition, events_offset: offset, has_payload: hasPayload, ...event } = found(row, 'event')
  const { snapshot_at, graph_at, first_attempt_at, delivered_at, delivery_count, dead_letter_count, ...rest } = event
  const { identity, provider_type, completeness, content_type, payload_bytes, received_position, ...summary } = rest
  return {
    ...summaryOf(summary),
    identity,
    provider_type,
    completeness,
    content_type,
    payload_bytes: hasPayload ? payload_bytes : null,
    received_position,
    event_position: `${topics.events.name}-${partition}-${offset}`,
    hops: {
      received: summary.received_at,
      deduped: summary.created_at,
      snapshot: snapshot_at,
      graph: graph_at,
      first_attempt: first_attempt_at,
      delivered: delivered_at,
    },
    runs,
    delivery_count,
    dead_letter_count,
  }
}

async function eventRow(db: Kysely<Tables>, tenant: string, eventId: string) {
  return await db
    .selectFrom('webhook_events as e')
    .leftJoin('event_hops as h', (on) => on.onRef('h.tenant', '=', 'e.tenant').onRef('h.event_id', '=', 'e.event_id'))
    .select(summaryColumns.map((column) => `e.${column}` as const))
    .select(['e.identity', 'e.provider_type', 'e.completeness', 'e.content_type', 'e.payload_bytes'])
    .select(['e.received_position', 'e.events_partition', 'e.events_offset'])
    .select(['h.snapshot_at', 'h.graph_at', 'h.first_attempt_at', 'h.delivered_at'])
    .select((eb) => [
      eb
        .exists(
          eb
            .selectFrom('event_payloads as p')
            .select('p.day')
            .whereRef('p.day', '=', 'e.payload_day')
            .whereRef('p.tenant', '=', 'e.tenant')
            .whereRef('p.event_id', '=', 'e.event_id'),
        )
        .$castTo<boolean>()
        .as('has_payload'),
      eb
        .selectFrom('deliveries as d')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .whereRef('d.tenant', '=', 'e.tenant')
        .whereRef('d.event_id', '=', 'e.event_id')
        .$asScalar()
        .$notNull()
        .as('delivery_count'),
      eb
        .selectFrom('dead_letters as l')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .whereRef('l.tenant', '=', 'e.tenant')
        .whereRef('l.event_id', '=', 'e.event_id')
        .where('l.redriven_at', 'is', null)
        .$asScalar()
        .$notNull()
        .as('dead_letter_count'),
    ])
    .where('e.tenant', '=', tenant)
    .where('e.event_id', '=', eventId)
    .executeTakeFirst()
}

/** Newest first. */
export async function runsOf(db: Kysely<Tables>, tenant: string, eventId: string): Promise<z.infer<typeof eventRun>[]> {
  const rows = await db
    .selectFrom('event_runs')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('event_id', '=', eventId)
    .orderBy('replayed_at', 'desc')
    .limit(MAX_RUNS)
    .execute()
  return rows.map(runOf)
}

function runOf({ tenant: _, event_id: __, position_partition: ___, position_offset: ____, ...run }: EventRunsTable) {
  return run
}

/**
 * The bytes of an event as they were sent, the first `maxBytes` of them.
 * @throws ConsoleError `MR_CONSOLE_NOT_FOUND` also when they are kept no longer
 */
export async function readPayload(
  db: Kysely<Tables>,
  tenant: string,
  eventId: string,
  maxBytes: number,
): Promise<EventPayload> {
  const row = await db
    .selectFrom('webhook_events as e')
    .innerJoin('event_payloads as p', (on) =>
      on.onRef('p.day', '=', 'e.payload_day').onRef('p.tenant', '=', 'e.tenant').onRef('p.event_id', '=', 'e.event_id'),
    )
    .select(['e.content_type', 'e.payload_bytes', 'p.payload', 'p.bytes', 'p.sealed'])
    .where('e.tenant', '=', tenant)
    .where('e.event_id', '=', eventId)
    .executeTakeFirst()
  const stored = row === undefined ? null : payloadBytes(row)
  const { content_type, payload_bytes } = found(stored === null ? undefined : row, 'event with a payload')
  const whole = stored ?? Buffer.alloc(0)
  const part = whole.subarray(0, maxBytes)
  const encoding = textOrBytes(whole).payload === null ? 'base64' : 'utf8'
  return {
    content_type,
    encoding,
    body: encoding === 'base64' ? part.toString('base64') : withoutHalfCharacter(part),
    bytes: payload_bytes,
    is_truncated: part.length < whole.length,
  }
}

/** Text that was cut in the middle of a character ends before it. */
function withoutHalfCharacter(bytes: Buffer): string {
  return new TextDecoder().decode(bytes, { stream: true })
}
