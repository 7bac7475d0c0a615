import { headersFor, replayKey, runId } from '@millrace/domain'
import type { ErasureScope } from '@millrace/operations'
import { type EventReplay, topics } from '@millrace/schemas'
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { conditionOf, eventsOf } from '../replay/select-events.ts'
import type { EraseParts } from './parts.ts'

/** Of a node that forgot something, what others said of it last. */
const EVENTS_A_NODE = 3
/** Of the last extractions: nodes that everybody names are found among them, and the rest are named by few. */
const LATEST = 1_000
const MAX_EVENTS = 500
const PAGE = 100

/**
 * Has the extraction read again what others said last of nodes that forgot something: a name that the erased one said too is known from them. Replayed
 * under the erasure's own id, so that done again it is the same run. @returns how many events
 */
export async function hearAgain(
  { db, kafka }: Pick<EraseParts, 'db' | 'kafka'>,
  scope: ErasureScope,
  id: string,
  requestedBy: string,
): Promise<number> {
  const event_ids = await saidByOthers(db, scope)
  if (event_ids.length === 0) return 0
  const condition = await conditionOf(db, scope.tenant, { event_ids, until: Date.now() })
  let count = 0
  for await (const page of eventsOf(db, scope.tenant, condition, { pageSize: PAGE, onMissing: () => {} })) {
    for (const { event } of page) {
      const value: EventReplay = {
        ...event,
        reply_to: null,
        replay_id: id,
        run_id: runId(id, event),
        target_kind: 'group',
        target: 'knowledge-extract',
        keeps_ids: true,
        requested_by: requestedBy,
        replayed_at: Date.now(),
      }
      await kafka.send(topics.replays, replayKey(event), value, { headers: headersFor(event) })
      count++
    }
  }
  return count
}

/** Ids of events, for each node of the last three at least. */
export async function saidByOthers(
  db: Kysely<Tables>,
  { tenant, nodes }: Pick<ErasureScope, 'tenant' | 'nodes'>,
): Promise<string[]> {
  const ids = sql`${nodes.map(({ id }) => id)}::text[]`
  const erased = sql`${[...new Set(nodes.flatMap(({ events }) => events))]}::text[]`
  const isByOthers = sql`not (event_id = any(${erased})) and event_id not like 'snap\\_%'`
  const { rows } = await sql<{ event_id: string }>`
    with latest as materialized (
      select * from extractions where tenant = ${tenant} order by extracted_at desc limit ${LATEST}
    ), lately as (
      select node, event_id, row_number() over (partition by node order by extracted_at desc) as nth
      from latest, unnest(node_ids) as node where node = any(${ids}) and ${isByOthers}
    ), said as (
      select event_id from lately where nth <= ${EVENTS_A_NODE}
      union
      select before.event_id from unnest(${ids}) as nodes (id), lateral (
        select event_id from extractions where tenant = ${tenant} and node_ids @> array[id] and ${isByOthers}
        order by extracted_at desc limit ${EVENTS_A_NODE}
      ) as before
      where id not in (select node from lately where nth = ${EVENTS_A_NODE})
    )
    select said.event_id from said
    join webhook_events as known on known.tenant = ${tenant} and known.event_id = said.event_id
    limit ${MAX_EVENTS}`.execute(db)
  return rows.map(({ event_id }) => event_id)
}
