import type { ErasureSubject } from '@millrace/operations'
import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { payloadHas } from '../read/text-search.ts'
import type { WordIndex } from '../words/word-index.ts'

/** Whose records name a subject: conversations, and events that may be of none. */
export interface Owners {
  readonly conversations: ReadonlySet<string>
  readonly events: ReadonlySet<string>
}

type Words = Pick<WordIndex, 'hasWord'> | undefined

/**
 * Where the ledger has a subject. An address is looked for in everything that names people and in payloads, in plain text and by its hash: each row is
 * one or the other.
 */
export async function findOwners(
  db: Kysely<Tables>,
  tenant: string,
  { kind, id }: ErasureSubject,
  words: Words,
): Promise<Owners> {
  if (kind === 'conversation') return { conversations: await withMerged(db, tenant, [id]), events: new Set() }
  if (kind === 'email') return await ownersOfAddress(db, tenant, id, words)
  const column = kind === 'contact' ? 'contact_id' : 'client_id'
  const rows = await db
    .selectFrom('webhook_events')
    .select(['event_id', 'conversation_id'])
    .where('tenant', '=', tenant)
    .where(column, '=', id)
    .execute()
  return await ownersIn(db, tenant, rows)
}

async function ownersOfAddress(db: Kysely<Tables>, tenant: string, address: string, words: Words): Promise<Owners> {
  const word = `address:${address}` as const
  const has = async (column: string, plain: RawBuilder<SqlBool>) =>
    words === undefined ? plain : sql<SqlBool>`(${plain} or ${await words.hasWord(tenant, column, word)})`
  const inSnapshot = await has('c.words', sql<SqlBool>`lower(c.snapshot::text) like ${`%${escaped(address)}%`}`)
  const { rows: conversations } = await sql<{ conversation_id: string }>`
    select conversation_id from conversations c where tenant = ${tenant} and ${inSnapshot}`.execute(db)
  const inPayload = await has('p.words', payloadHas('p.payload', address))
  const { rows: events } = await sql<{ event_id: string; conversation_id: string | null }>`
    select e.event_id, e.conversation_id from event_payloads p
    join webhook_events e on e.tenant = p.tenant and e.event_id = p.event_id and e.payload_day = p.day
    where p.tenant = ${tenant} and ${inPayload}`.execute(db)
  const found = await ownersIn(db, tenant, events)
  return {
    events: found.events,
    conversations: await withMerged(db, tenant, [
      ...found.conversations,
      ...conversations.map(({ conversation_id }) => conversation_id),
    ]),
  }
}

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}

async function ownersIn(
  db: Kysely<Tables>,
  tenant: string,
  rows: readonly { readonly event_id: string; readonly conversation_id: string | null }[],
): Promise<Owners> {
  const conversations = rows.flatMap(({ conversation_id }) => conversation_id ?? [])
  return {
    conversations: await withMerged(db, tenant, conversations),
    events: new Set(rows.map(({ event_id }) => event_id)),
  }
}

/** What was merged into a conversation is part of it. */
async function withMerged(db: Kysely<Tables>, tenant: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const all = new Set(ids)
  for (let news = [...all]; news.length > 0; ) {
    const rows = await db
      .selectFrom('conversations')
      .select('conversation_id')
      .where('tenant', '=', tenant)
      .where('merged_into', 'in', news)
      .execute()
    news = rows.map(({ conversation_id }) => conversation_id).filter((id) => !all.has(id))
    for (const id of news) all.add(id)
  }
  return all
}
