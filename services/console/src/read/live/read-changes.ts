import type { Kysely, Selectable } from 'kysely'
import type { LedgerChangesTable } from '../../db/ledger-tables.ts'
import { withOpened } from '../../db/sealed.ts'
import type { Tables } from '../../db/tables.ts'
import { summaryColumns, summaryOf } from '../event-rows.ts'
import { deliveryColumns, deliveryOf } from '../find-deliveries.ts'
import { noticeOf } from '../notices.ts'
import type { LiveKind } from '../schemas/live.ts'
import { type Facets, type LiveEntry, messageOf, type Place, writePlace } from './entries.ts'

export type Change = Pick<Selectable<LedgerChangesTable>, 'seq' | 'tenant' | 'kind' | 'id'>

/** Where the ledger's log of changes ends now; undefined while there is no ledger yet. */
export async function readHead(db: Kysely<Tables>): Promise<Place | undefined> {
  const row = await db
    .selectFrom('ledger_state')
    .select(({ selectFrom }) => [
      'incarnation',
      selectFrom('ledger_changes')
        .select(({ fn }) => fn.max('seq').as('seq'))
        .as('seq'),
    ])
    .executeTakeFirst()
  return row === undefined ? undefined : { incarnation: row.incarnation, seq: row.seq ?? 0 }
}

export interface ChangesQuery {
  readonly after: number
  readonly upTo?: number
  readonly tenants: readonly string[]
  readonly kinds: readonly LiveKind[]
  readonly limit: number
}

/** What happened after a place, oldest first. */
export async function readChanges(db: Kysely<Tables>, query: ChangesQuery): Promise<Change[]> {
  const { after, upTo, tenants, kinds, limit } = query
  if (tenants.length === 0) return []
  return await db
    .selectFrom('ledger_changes')
    .select(['seq', 'tenant', 'kind', 'id'])
    .where('seq', '>', after)
    .$if(upTo !== undefined, (rows) => rows.where('seq', '<=', upTo ?? 0))
    .where('tenant', 'in', tenants)
    .where('kind', 'in', [...new Set(kinds.map(changeKindOf))])
    .orderBy('seq')
    .limit(limit)
    .execute()
}

/** The oldest change that is kept; undefined for none. */
export async function oldestSeq(db: Kysely<Tables>): Promise<number | undefined> {
  const row = await db.selectFrom('ledger_changes').select('seq').orderBy('seq').limit(1).executeTakeFirst()
  return row?.seq
}

function changeKindOf(kind: LiveKind): Change['kind'] {
  return kind === 'resource-updated' ? 'notice' : kind
}

/** The changed things as they are now, each once, in the order of their last change. What is there no more is left out, but for nodes. */
export async function loadEntries(
  db: Kysely<Tables>,
  changes: readonly Change[],
  incarnation: string,
): Promise<LiveEntry[]> {
  const last = new Map(changes.map((change) => [`${change.kind} ${change.tenant}/${change.id}`, change]))
  const groups = Map.groupBy(last.values(), ({ kind, tenant }) => `${kind} ${tenant}`)
  const loaded = await Promise.all([...groups.values()].map((group) => loadGroup(db, group)))
  return loaded
    .flat()
    .sort((a, b) => a.change.seq - b.change.seq)
    .map(({ change: { seq, tenant }, kind, facets, data }) => {
      return { seq, tenant, kind, facets, text: messageOf(kind, data, writePlace({ incarnation, seq })) }
    })
}

interface Loaded {
  readonly change: Change
  readonly kind: LiveKind
  readonly facets: Facets
  readonly data: unknown
}

type Row = Omit<Loaded, 'change'> & { readonly id: string }

async function loadGroup(db: Kysely<Tables>, changes: readonly Change[]): Promise<Loaded[]> {
  const [first] = changes
  if (first === undefined) return []
  const load = loaders[first.kind]
  if (load === undefined) return []
  const ids = changes.map(({ id }) => id)
  const rows = new Map((await load(db, first.tenant, ids)).map((row) => [row.id, row]))
  return changes.flatMap((change) => {
    const row = rows.get(change.id) ?? (change.kind === 'node' ? goneNode(change) : undefined)
    return row === undefined ? [] : [{ change, kind: row.kind, facets: row.facets, data: row.data }]
  })
}

type Loader = (db: Kysely<Tables>, tenant: string, ids: readonly string[]) => Promise<Row[]>

const loaders: Partial<Record<Change['kind'], Loader>> = {
  event: loadEvents,
  delivery: loadDeliveries,
  snapshot: loadSnapshots,
  node: loadNodes,
  notice: loadNotices,
}

async function loadEvents(db: Kysely<Tables>, tenant: string, ids: readonly string[]): Promise<Row[]> {
  const rows = await db
    .selectFrom('webhook_events')
    .select(summaryColumns)
    .where('tenant', '=', tenant)
    .where('event_id', 'in', ids)
    .execute()
  return rows.map((row) => ({
    id: row.event_id,
    kind: 'event',
    facets: {
      type: row.event_type,
      status: row.status,
      source: row.source,
      clients: row.client_id === null ? [] : [row.client_id],
      conversation: row.conversation_id,
    },
    data: summaryOf(row),
  }))
}

async function loadDeliveries(db: Kysely<Tables>, tenant: string, ids: readonly string[]): Promise<Row[]> {
  const rows = await db
    .selectFrom('deliveries')
    .select(deliveryColumns)
    .where('tenant', '=', tenant)
    .where('delivery_id', 'in', ids)
    .orderBy('requested_at')
    .execute()
  return rows.map((row) => ({
    id: row.delivery_id,
    kind: 'delivery',
    facets: { type: row.event_type, conversation: row.conversation_id, endpoint: row.endpoint_id },
    data: deliveryOf(row),
  }))
}

async function loadSnapshots(db: Kysely<Tables>, tenant: string, ids: readonly string[]): Promise<Row[]> {
  const rows = await db
    .selectFrom('conversations')
    .select(['conversation_id', 'account', 'state', 'subject', 'sealed', 'as_of'])
    .where('tenant', '=', tenant)
    .where('conversation_id', 'in', ids)
    .execute()
  return rows.map((row) => {
    const { shown: _, ...data } = withOpened({ shown: undefined, ...row })
    return {
      id: row.conversation_id,
      kind: 'snapshot',
      facets: { conversation: row.conversation_id },
      data: { tenant, ...data },
    }
  })
}

async function loadNodes(db: Kysely<Tables>, tenant: string, ids: readonly string[]): Promise<Row[]> {
  const rows = await db
    .selectFrom('nodes')
    .select(['id', 'type', 'label', 'sealed', 'client_ids'])
    .where('tenant', '=', tenant)
    .where('id', 'in', ids)
    .execute()
  return rows.map((row) => {
    const { id, type, label, client_ids } = withOpened(row)
    const data = { tenant, node_id: id, type, label, client_ids, is_gone: false }
    return { id, kind: 'node', facets: { clients: client_ids }, data }
  })
}

/** Nothing is kept of it; readers drop what they hold. */
function goneNode({ tenant, id }: Change): Row {
  const type = id.slice(0, Math.max(0, id.indexOf(':')))
  return { id, kind: 'node', facets: {}, data: { tenant, node_id: id, type, label: '', client_ids: [], is_gone: true } }
}

async function loadNotices(db: Kysely<Tables>, tenant: string, ids: readonly string[]): Promise<Row[]> {
  const rows = await db
    .selectFrom('notices')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('notice_id', 'in', ids)
    .execute()
  return rows.map((row) => ({
    id: row.notice_id,
    kind: row.kind === 'resource-updated' ? 'resource-updated' : 'notice',
    facets: {},
    data: noticeOf(row),
  }))
}
