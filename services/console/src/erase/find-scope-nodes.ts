import { hashedPart, topicKey } from '@millrace/domain'
import type { DataSubject, ErasureSubject, ScopedEvent, TouchedNode } from '@millrace/operations'
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'
import type { NamedLately } from './named-lately.ts'

interface NodesWanted {
  readonly tenant: string
  readonly subject: ErasureSubject
  /** Whose records these are, nodes that were found before among them. */
  readonly subjects: readonly DataSubject[]
  readonly events: readonly ScopedEvent[]
  /** What is older may be missing in the ledger. */
  readonly ledgerDays: number
  /** Whether the ledger has all that others said: before that no node can be told to be of the subject alone. */
  readonly isCaughtUp: boolean
  /** Whether it is to be erased, not only looked at: then also what may come in yet. */
  readonly isErasing: boolean
  /** What the ledger may never have read. */
  readonly lately: NamedLately | undefined
  /** Nodes that were found before, whose rows may be gone. */
  readonly known: { readonly own: readonly string[]; readonly touched: readonly TouchedNode[] }
}

interface FoundNodes {
  /** Of the subject alone. */
  readonly own: readonly string[]
  /** Those that know something of others too. */
  readonly touched: readonly TouchedNode[]
  /** From and to the subject's own. */
  readonly relationships: readonly string[]
}

/** Nodes of the graph that know something of a subject: by every extraction from its events and conversations, and by what they are. */
export async function findNodes(db: Kysely<Tables>, wanted: NodesWanted): Promise<FoundNodes> {
  const { tenant, subjects, known } = wanted
  const naming = await namedBy(db, wanted)
  const { rows, late } = naming
  const conversations = subjects.flatMap(({ kind, id }) => (kind === 'conversation' ? [id] : []))
  const own = new Set([...known.own, ...(await personNodes(db, wanted, conversations))])
  const said = [...rows.keys(), ...late.nodes, ...known.touched.map(({ id }) => id)]
  const aliases = await aliasesOf(db, tenant, [...said, ...own])
  const named = [...new Set([...said, ...aliases.keys()])]
  for (const id of named) if (isOfConversation(id, conversations)) own.add(id)
  const old = await olderNodes(db, wanted, named)
  // Who named an id that is no longer a node, the ledger may not know: it goes with the person whom it means.
  const isAliasOfOthers = (id: string) => {
    const person = aliases.get(id)
    return person !== undefined && !own.has(person)
  }
  const unnamedOf = async (ids: readonly string[]) => {
    const candidates = ids.filter((id) => isPersonal(id) && !own.has(id) && !isAliasOfOthers(id))
    const others = await namedByOthers(db, candidates, naming)
    return candidates.filter((id) => !others.has(id))
  }
  if (wanted.isCaughtUp) for (const id of await unnamedOf(named.filter((id) => !old.has(id)))) own.add(id)
  const near = await nextTo(db, tenant, [...own])
  if (wanted.isCaughtUp) {
    for (const id of await nextToNothingElse(db, tenant, await unnamedOf([...named, ...near]), own)) own.add(id)
    for (const id of await unnamedOf([...aliases.keys()])) own.add(id)
  }
  const { rows: edges } = await sql<{ id: string }>`select id from relationships where tenant = ${tenant}
    and (from_id = any(${[...own]}::text[]) or to_id = any(${[...own]}::text[]))`.execute(db)
  const touched = new Set([...rows.keys(), ...late.nodes, ...aliases.keys(), ...near])
  const eventsOf = (id: string) => {
    const events = rows.get(id)
    return events === undefined ? [...naming.said] : [...new Set([...events, ...late.events])]
  }
  return {
    own: [...own],
    touched: [...touched].flatMap((id) => (own.has(id) ? [] : [{ id, events: eventsOf(id), isOld: old.has(id) }])),
    relationships: edges.map(({ id }) => id),
  }
}

interface Naming {
  readonly tenant: string
  /** Ids of conversations, contacts, clients and events that are the subject's. */
  readonly about: readonly string[]
  readonly recordKeys: ReadonlySet<string>
  /** Ids of events and snapshots of the subject. */
  readonly said: ReadonlySet<string>
  /** By node: which of these named it, as the ledger knows. */
  readonly rows: ReadonlyMap<string, readonly string[]>
  /** What it may not know. */
  readonly late: { readonly nodes: readonly string[]; readonly events: readonly string[] }
  readonly lately: NamedLately | undefined
}

/** What the subject's own records name. */
async function namedBy(db: Kysely<Tables>, { tenant, subjects, events, lately }: NodesWanted): Promise<Naming> {
  const about = subjects.flatMap(({ kind, id }) => (kind === 'node' ? [] : [id]))
  const recordKeys = new Set(about.map((id) => topicKey(tenant, id)))
  const late = { nodes: idsIn(tenant, lately?.nodesOf(recordKeys)), events: [...(lately?.eventsOf(recordKeys) ?? [])] }
  const known = [...events.map(({ id }) => id), ...late.events]
  const { rows } = await sql<{ id: string; events: string[] }>`
    select node as id, array_agg(distinct event_id) as events
    from extractions, unnest(node_ids) as node
    where tenant = ${tenant} and (event_id = any(${known}::text[]) or about_id = any(${about}::text[]))
    group by node`.execute(db)
  const said = new Set([...known, ...rows.flatMap((row) => row.events)])
  const byNode = new Map(rows.map((row) => [row.id, row.events]))
  return { tenant, about, recordKeys, said, rows: byNode, late, lately }
}

function idsIn(tenant: string, recordKeys: Iterable<string> = []): string[] {
  const start = topicKey(tenant, '')
  return [...recordKeys].flatMap((key) => (key.startsWith(start) ? [key.slice(start.length)] : []))
}

/** Types that one person or conversation may have for itself; tags, inboxes and the like are everybody's, whoever named them last. */
const PERSONAL_TYPES: ReadonlySet<string> = new Set([
  'person',
  'email_address',
  'phone',
  'url',
  'date',
  'money',
  'organisation',
  'custom_field_value',
  'message',
  'task',
])
const DAY_MS = 86_400_000
/** The topics that a rebuilt ledger is made of keep no more. */
const TOPIC_DAYS = 30

function isPersonal(id: string): boolean {
  return PERSONAL_TYPES.has(id.slice(0, id.indexOf(':')))
}

/** The other ids under which these people were met, each with the id that stands for the person. */
async function aliasesOf(
  db: Kysely<Tables>,
  tenant: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; alias: string }>`select id, unnest(identities) as alias from nodes
    where tenant = ${tenant} and id = any(${[...new Set(ids)]}::text[])`.execute(db)
  return new Map(rows.map(({ id, alias }) => [alias, id]))
}

/** Nodes that go further back than what the ledger knows of who named them: they may be another's. */
async function olderNodes(
  db: Kysely<Tables>,
  { tenant, ledgerDays, known }: NodesWanted,
  ids: readonly string[],
): Promise<Set<string>> {
  // A day less: its oldest may be half gone.
  const since = Date.now() - (Math.min(ledgerDays, TOPIC_DAYS) - 1) * DAY_MS
  const { rows } = await sql<{ id: string }>`select id from nodes
    where tenant = ${tenant} and id = any(${ids}::text[]) and first_seen <= ${since}`.execute(db)
  const before = known.touched.flatMap(({ id, isOld }) => (isOld === true ? [id] : []))
  return new Set([...before, ...rows.map(({ id }) => id)])
}

/**
 * Of some nodes those that an extraction named which is not of the subject. What a node's provenance says is not enough, as it keeps whoever said something
 * last.
 */
async function namedByOthers(
  db: Kysely<Tables>,
  candidates: readonly string[],
  { tenant, about, recordKeys, said, lately }: Naming,
): Promise<Set<string>> {
  // One by one: of a node that everybody names, one other is enough.
  const { rows } = await sql<{ id: string }>`
    select id from unnest(${candidates}::text[]) as candidates (id) where exists (
      select from extractions where tenant = ${tenant} and node_ids @> array[id]
        and not (event_id = any(${[...said]}::text[])) and not coalesce(about_id = any(${about}::text[]), false))`.execute(
    db,
  )
  const others = new Set(rows.map(({ id }) => id))
  for (const id of candidates) if (lately?.isNamedByOthers(topicKey(tenant, id), recordKeys)) others.add(id)
  return others
}

/** Nodes next to these. */
async function nextTo(db: Kysely<Tables>, tenant: string, own: readonly string[]): Promise<string[]> {
  if (own.length === 0) return []
  const ids = sql`${own}::text[]`
  const { rows } = await sql<{ id: string }>`
    select to_id as id from relationships where tenant = ${tenant} and from_id = any(${ids}) and not (to_id = any(${ids}))
    union select from_id from relationships where tenant = ${tenant} and to_id = any(${ids}) and not (from_id = any(${ids}))`.execute(
    db,
  )
  return rows.map(({ id }) => id)
}

/** Of nodes that nobody else named as far as the ledger goes back, those that are next to each other and the subject's own alone. */
async function nextToNothingElse(
  db: Kysely<Tables>,
  tenant: string,
  candidates: readonly string[],
  own: ReadonlySet<string>,
): Promise<Set<string>> {
  const left = new Set(candidates)
  if (left.size === 0) return left
  const ids = sql`${candidates}::text[]`
  const { rows: edges } = await sql<{ from_id: string; to_id: string }>`select from_id, to_id from relationships
    where tenant = ${tenant} and (from_id = any(${ids}) or to_id = any(${ids}))`.execute(db)
  const isInside = (id: string) => own.has(id) || left.has(id)
  // Whoever is next to somebody else takes along who is next to it.
  for (let before = -1; before !== left.size; ) {
    before = left.size
    for (const { from_id, to_id } of edges) {
      if (!isInside(to_id)) left.delete(from_id)
      if (!isInside(from_id)) left.delete(to_id)
    }
  }
  return left
}

/**
 * Nodes that are of the subject alone, however long ago they were seen: erased conversations and what was written in them, and the person of an address.
 */
async function personNodes(
  db: Kysely<Tables>,
  wanted: NodesWanted,
  conversations: readonly string[],
): Promise<string[]> {
  const { tenant } = wanted
  const endings = conversations.map(endingOf)
  const { rows } = await sql<{ id: string }>`
    with own as (
      select id from nodes where tenant = ${tenant} and type = 'conversation'
        and substring(id from ':[^:]*$') = any(${endings}::text[])
    )
    select id from own
    union select r.from_id from relationships r join own on own.id = r.to_id
      where r.tenant = ${tenant} and split_part(r.from_id, ':', 1) in ('message', 'comment', 'attachment')
    union select r.to_id from relationships r join own on own.id = r.from_id
      where r.tenant = ${tenant} and split_part(r.to_id, ':', 1) in ('message', 'comment', 'attachment')`.execute(db)
  return rows.map(({ id }) => id).concat(await ofPerson(db, wanted))
}

/** By the rule of docs/graph.md: what names a person is hashed. An address has its nodes whether or not the ledger has read them yet. */
async function ofPerson(db: Kysely<Tables>, { tenant, subject, isErasing }: NodesWanted): Promise<string[]> {
  const { kind, id } = subject
  const ofAddress = kind === 'email' ? [`person::email:${hashedPart(id)}`, `email_address::${hashedPart(id)}`] : []
  if (isErasing && kind === 'email') return ofAddress
  if (kind !== 'email' && kind !== 'client') return []
  const { rows } = await sql<{ id: string }>`select id from nodes where tenant = ${tenant}
    and (id = any(${ofAddress}::text[]) or (${kind === 'client'}::boolean and client_ids = array[${id}]::text[]))`.execute(
    db,
  )
  return rows.map((row) => row.id)
}

/** The node of an erased conversation. */
function isOfConversation(id: string, conversations: readonly string[]): boolean {
  return id.startsWith('conversation:') && conversations.some((each) => id.endsWith(endingOf(each)))
}

function endingOf(conversation: string): string {
  return `:${encodeURIComponent(conversation.toWellFormed())}`
}
