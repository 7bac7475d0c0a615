import { headersFor, replayKey, runId } from '@millrace/domain'
import type { ErasureScope } from '@millrace/operations'
import { type EventReplay, topics } from '@millrace/schemas'
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { conditionOf, eventsOf } from '../replay/select-events.ts'
import type { EraseParts } from './parts.ts'

/** Of a node that forgot something, what others said of it last. */
const EVENTS_A_NODE = 3
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

async function saidByOthers(db: Kysely<Tables>, { tenant, nodes }: ErasureScope): Promise<string[]> {
  const ids = sql`${nodes.map(({ id }) => id)}::text[]`
  const erased = sql`${[...new Set(nodes.flatMap(({ events }) => events))]}::text[]`
  const { rows } = await sql<{ event_id: string }>`
    select distinct said.event_id from (
      select event_id, row_number() over (partition by node order by extracted_at desc) as nth
      from extractions, unnest(node_ids) as node
      where tenant = ${tenant} and node_ids && ${ids} and node = any(${ids}) and not (event_id = any(${erased}))
        and event_id not like 'snap\\_%'
    ) as said
    join webhook_events as known on known.tenant = ${tenant} and known.event_id = said.event_id
    where nth <= ${EVENTS_A_NODE} limit ${MAX_EVENTS}`.execute(db)
  return rows.map(({ event_id }) => event_id)
}
