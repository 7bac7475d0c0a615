import type { Kafka } from '@millrace/kafka'
import { type Topic, topics } from '@millrace/schemas'
import type { Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { lagOf as lagBetween } from '../read/consumer-lag.ts'
import type { Target } from './replay-target.ts'

/** Live records that a group may have before it while a replay or redrive goes on: less than a second of a busy installation. */
export const MAX_LIVE_LAG = 500
/** How often it is looked whether a replay or redrive may go on, milliseconds. */
export const LOOK_EVERY_MS = 500
/** Seconds of a replay that may lie written and not taken yet, so that cancelling it soon has an effect. */
const AHEAD_SECONDS = 2
const MIN_AHEAD = 20
/** Live deliveries to one endpoint that may wait while a replay to it goes on. */
const MAX_OPEN_DELIVERIES = 50

export interface LagParts {
  readonly kafka: Pick<Kafka, 'ends' | 'starts' | 'committed'>
  readonly db: Kysely<Tables>
}

/** Why a replay must not go on just now, in words; null when its target has nothing live before it. */
export async function liveWorkOf(
  { kafka, db }: LagParts,
  { tenant, target, rate }: { readonly tenant: string; readonly target: Target; readonly rate: number },
): Promise<string | null> {
  const group = target.kind === 'group' ? target.name : 'delivery-request'
  const live = await lagOf(kafka, group, topics.events)
  if (live > MAX_LIVE_LAG) return `${group} has ${live} live events before it`
  const replays = await lagOf(kafka, group, topics.replays)
  if (replays > Math.max(MIN_AHEAD, rate * AHEAD_SECONDS)) return `${group} has ${replays} replays to take yet`
  if (group !== 'delivery-request') return null
  const sends = await lagOf(kafka, 'delivery-send', topics.requested)
  if (sends > MAX_LIVE_LAG) return `delivery-send has ${sends} deliveries before it`
  return target.kind === 'endpoint' ? await openDeliveries(db, tenant, target.name) : null
}

async function openDeliveries(db: Kysely<Tables>, tenant: string, endpointId: string): Promise<string | null> {
  const open = db
    .selectFrom('deliveries')
    .select('delivery_id')
    .where('tenant', '=', tenant)
    .where('endpoint_id', '=', endpointId)
    .where('run_id', '=', '')
    .where('state', 'in', ['requested', 'waiting'])
    .limit(MAX_OPEN_DELIVERIES + 1)
  const rows = await open.execute()
  return rows.length > MAX_OPEN_DELIVERIES
    ? `more than ${MAX_OPEN_DELIVERIES} live deliveries wait for ${endpointId}`
    : null
}

/** Records of a topic that a group has not taken yet; of one that never committed, all that there are. */
export async function lagOf(
  kafka: LagParts['kafka'],
  group: string,
  topic: Topic<never> | Topic<unknown>,
): Promise<number> {
  const [ends, starts, committed] = await Promise.all([
    kafka.ends(topic),
    kafka.starts(topic),
    kafka.committed(group, topic),
  ])
  return lagBetween(committed, ends, starts) ?? lagBetween(starts, ends, starts) ?? 0
}
