import { type Kysely, type SqlBool, sql } from 'kysely'
import type { z } from 'zod'
import type { AttemptsTable, DeliveriesTable } from '../db/delivery-tables.ts'
import type { Tables } from '../db/tables.ts'
import { pageFrom, readCursor, timePlace } from './cursor.ts'
import { found } from './not-found.ts'
import type { deliveriesQuery, deliveryAttempt, deliveryDetail, deliverySummary } from './schemas/deliveries.ts'

export type DeliverySummary = z.infer<typeof deliverySummary>
export type DeliveryDetail = z.infer<typeof deliveryDetail>
export type DeliveryAttempt = z.infer<typeof deliveryAttempt>
type DeliveriesQuery = z.infer<typeof deliveriesQuery>

export const deliveryColumns = [
  'delivery_id',
  'run_id',
  'endpoint_id',
  'event_id',
  'event_type',
  'conversation_id',
  'state',
  'waiting_for',
  'requested_at',
  'due_at',
  'ended_at',
  'attempts',
  'last_status_code',
  'last_error_code',
] as const satisfies readonly (keyof DeliveriesTable)[]

type DeliveryRow = Pick<DeliveriesTable, (typeof deliveryColumns)[number]>

export function deliveryOf({ waiting_for, run_id, ...row }: DeliveryRow): DeliverySummary {
  return { ...row, waiting_for: waiting_for || null, run_id: run_id || null }
}

/**
 * Deliveries of a tenant that fit, the last requested first.
 * @throws ConsoleError `MR_CONSOLE_INVALID` for a cursor that is none
 */
export async function findDeliveries(db: Kysely<Tables>, tenant: string, query: DeliveriesQuery) {
  const { endpoint, event, conversation, state, code, since, until, limit } = query
  const after = readCursor(query.cursor, timePlace)
  const key = sql<string>`delivery_id || ' ' || run_id`
  const rows = await db
    .selectFrom('deliveries')
    .select(deliveryColumns)
    .where('tenant', '=', tenant)
    .where((eb) =>
      eb.and([
        ...(endpoint === undefined ? [] : [eb('endpoint_id', '=', endpoint)]),
        ...(event === undefined ? [] : [eb('event_id', '=', event)]),
        ...(conversation === undefined ? [] : [eb('conversation_id', '=', conversation)]),
        ...(state === undefined ? [] : [eb('state', '=', state)]),
        ...(code === undefined ? [] : [eb('last_error_code', '=', code)]),
        ...(since === undefined ? [] : [eb('requested_at', '>=', since)]),
        ...(until === undefined ? [] : [eb('requested_at', '<', until)]),
        ...(after === undefined ? [] : [sql<SqlBool>`(requested_at, ${key}) < (${after[0]}, ${after[1]})`]),
        // The index orders by time alone; what was requested at the same time is few.
        ...(after === undefined ? [] : [eb('requested_at', '<=', after[0])]),
      ]),
    )
    .orderBy('requested_at', 'desc')
    .orderBy(key, 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, limit, (row) => [row.requested_at, `${row.delivery_id} ${row.run_id}`], deliveryOf)
}

const MAX_TRIES = 200
/** Runs that keep their ids share them; the newest is what is asked for. */
const MAX_RUNS = 20

/**
 * One delivery with its tries, those of its replays too.
 * @throws ConsoleError `MR_CONSOLE_NOT_FOUND`
 */
export async function readDelivery(db: Kysely<Tables>, tenant: string, deliveryId: string): Promise<DeliveryDetail> {
  const [rows, tries, dead] = await Promise.all([
    db
      .selectFrom('deliveries')
      .select(deliveryColumns)
      .where('tenant', '=', tenant)
      .where('delivery_id', '=', deliveryId)
      .orderBy('requested_at', 'desc')
      .limit(MAX_RUNS)
      .execute(),
    triesOf(db, tenant, [deliveryId]),
    deadLetterOf(db, tenant, deliveryId),
  ])
  const delivery = deliveryOf(found(rows[0], 'delivery'))
  const { error_message = null, ...letter } = dead ?? {}
  return {
    ...delivery,
    error_message,
    dead_letter: 'topic' in letter ? (letter as DeliveryDetail['dead_letter']) : null,
    tries: tries.get(deliveryId) ?? [],
  }
}

async function deadLetterOf(db: Kysely<Tables>, tenant: string, deliveryId: string) {
  const row = await db
    .selectFrom('dead_letters')
    .select(['topic', 'partition', 'offset', 'at', 'error_message'])
    .where('tenant', '=', tenant)
    .where('delivery_id', '=', deliveryId)
    .where('redriven_at', 'is', null)
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { topic, partition, offset, at, error_message } = row
  return { topic, position: `${topic}-${partition}-${offset}`, at, error_message }
}

/** The tries of some deliveries, oldest first, at most 200 of each. */
export async function triesOf(
  db: Kysely<Tables>,
  tenant: string,
  deliveryIds: readonly string[],
): Promise<ReadonlyMap<string, DeliveryAttempt[]>> {
  if (deliveryIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('attempts')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('delivery_id', 'in', [...new Set(deliveryIds)])
    .orderBy('started_at', 'desc')
    .limit(MAX_TRIES * Math.min(deliveryIds.length, 20))
    .execute()
  const byDelivery = Map.groupBy(rows.reverse(), (row) => row.delivery_id)
  return new Map([...byDelivery].map(([id, tries]) => [id, tries.slice(-MAX_TRIES).map(tryOf)]))
}

/** One try as the API has it. */
export function tryOf(row: Omit<AttemptsTable, 'sealed'> & { readonly sealed?: Buffer | null }): DeliveryAttempt {
  const { tenant, delivery_id, endpoint_id, event_id, event_type, run_id, answer, sealed, ...rest } = row
  const shown = sealed ?? answer
  return { ...rest, run_id: run_id || null, answer: shown === null ? null : Buffer.from(shown).toString() }
}
