import type { Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { deadLettersOf } from './dead-letters.ts'
import { deliveryColumns, deliveryOf, triesOf } from './find-deliveries.ts'
import { readEvent } from './read-event.ts'
import { type Timeline, type TimelineFacts, timelineOf } from './timeline.ts'

/** Deliveries of one event that a timeline shows. */
const MAX_DELIVERIES = 100

/**
 * What happened to one event, hop by hop.
 * @throws ConsoleError `MR_CONSOLE_NOT_FOUND`
 */
export async function readTimeline(db: Kysely<Tables>, tenant: string, eventId: string): Promise<Timeline> {
  return timelineOf(await readFacts(db, tenant, eventId))
}

/** Everything that the ledger has about one event. @throws ConsoleError `MR_CONSOLE_NOT_FOUND` */
export async function readFacts(db: Kysely<Tables>, tenant: string, eventId: string): Promise<TimelineFacts> {
  const [event, rows, deadLetters] = await Promise.all([
    readEvent(db, tenant, eventId),
    deliveriesOf(db, tenant, eventId),
    deadLettersOf(db, tenant, eventId),
  ])
  const tries = await triesOf(
    db,
    tenant,
    rows.map(({ delivery_id }) => delivery_id),
  )
  const deliveries = rows.map(({ url, ...row }) => {
    const own = (tries.get(row.delivery_id) ?? []).filter(({ run_id }) => (run_id ?? '') === row.run_id)
    return { ...deliveryOf(row), url, tries: own }
  })
  return { event, deliveries, deadLetters }
}

async function deliveriesOf(db: Kysely<Tables>, tenant: string, eventId: string) {
  return await db
    .selectFrom('deliveries as d')
    .leftJoin('endpoints as e', (on) =>
      on.onRef('e.tenant', '=', 'd.tenant').onRef('e.endpoint_id', '=', 'd.endpoint_id'),
    )
    .select(deliveryColumns.map((column) => `d.${column}` as const))
    .select('e.url')
    .where('d.tenant', '=', tenant)
    .where('d.event_id', '=', eventId)
    .orderBy('d.requested_at')
    .orderBy('d.delivery_id')
    .limit(MAX_DELIVERIES)
    .execute()
}
