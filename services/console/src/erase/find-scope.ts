import { identityValueOf, replyKeyOfEvent } from '@millrace/domain'
import {
  type DataSubject,
  type ErasureScope,
  type ErasureSubject,
  ownNodesOf,
  type ScopedEvent,
} from '@millrace/operations'
import type { WebhookEvent } from '@millrace/schemas'
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { ConsoleError } from '../errors.ts'
import { readLedgerState } from '../ledger/ledger-state.ts'
import type { WordIndex } from '../words/word-index.ts'
import { findOwners, type Owners } from './find-owners.ts'
import { findNodes } from './find-scope-nodes.ts'
import type { LookLately } from './named-lately.ts'

/** Of one erasure: more is no single person, or a mistake. */
const MAX_CONVERSATIONS = 5_000
const MAX_EVENTS = 200_000
/** Looking through payloads for an address may take longer than a page's query. */
const LOOK_WITHIN_MS = 300_000
/** A transaction's records are older than its commit, and clocks of processes differ. */
const BEFORE_MS = 60_000

interface FindParts {
  readonly db: Kysely<Tables>
  readonly words: Pick<WordIndex, 'hasWord'> | undefined
  readonly ledgerDays: number
  readonly lookLately: LookLately
}

interface EventRow {
  readonly event_id: string
  readonly identity: WebhookEvent['identity']
  readonly account: string
  readonly provider: string
  readonly conversation_id: string | null
  readonly contact_id: string | null
  readonly client_id: string | null
}

/**
 * Everything that belongs to a subject, as the ledger knows it.
 * @param since epoch milliseconds; what was written until then must be in the ledger. Left out: whatever it knows now
 * @param known what was found of it before
 * @throws ConsoleError `MR_CONSOLE_INVALID` for more than one erasure takes, `MR_CONSOLE_BUSY` (retryable) while the ledger is behind
 */
export async function findScope(
  { db, words, ledgerDays, lookLately }: FindParts,
  tenant: string,
  subject: ErasureSubject,
  since?: number,
  known?: ErasureScope,
): Promise<ErasureScope> {
  if (since !== undefined) await requireCaughtUp(db, since)
  // As far as the ledger knew it when keys were destroyed, it has it; what came behind that it cannot read any more.
  const lately = known === undefined ? undefined : await lookLately(Math.max(0, known.knownUntil - BEFORE_MS))
  return await db.transaction().execute(async (trx) => {
    await sql`select set_config('statement_timeout', ${String(LOOK_WITHIN_MS)}, true)`.execute(trx)
    const knownUntil = known?.knownUntil ?? (await readLedgerState(trx))?.as_of ?? 0
    const owners = await findOwners(trx, tenant, subject, words)
    requireAtMost(owners.conversations.size, MAX_CONVERSATIONS, 'conversations')
    const rows = await eventsOf(trx, tenant, owners)
    requireAtMost(rows.length, MAX_EVENTS, 'events')
    const events = rows.map((row) => scopedEvent(tenant, row))
    const dataSubjects = dataSubjectsOf(subject, owners, rows)
    const { own, touched, relationships } = await findNodes(trx, {
      ...{ tenant, subject, ledgerDays, lately },
      events: [...events, ...(known?.events ?? [])],
      subjects: [...dataSubjects, ...(known?.dataSubjects ?? [])],
      isCaughtUp: since !== undefined,
      isErasing: since === undefined || known !== undefined,
      known: { own: known === undefined ? [] : ownNodesOf(known), touched: known?.nodes ?? [] },
    })
    const ownNodes = own.map((id) => ({ kind: 'node', id }) as const)
    return {
      tenant,
      subject,
      knownUntil,
      dataSubjects: [...dataSubjects, ...ownNodes],
      events,
      accounts: [...new Set([...rows.map(({ account }) => account), ...(await accountsOf(trx, tenant, owners))])],
      endpoints: await endpointsOf(trx, tenant, events),
      nodes: touched,
      relationships,
    }
  })
}

/** Whether the ledger has everything that was written until `since`, epoch milliseconds. */
export async function isCaughtUp(db: Kysely<Tables>, since: number): Promise<boolean> {
  const state = await readLedgerState(db)
  return state !== undefined && state.as_of >= since
}

/** @throws ConsoleError `MR_CONSOLE_BUSY` while the ledger does not have what it is asked for */
export async function requireCaughtUp(db: Kysely<Tables>, since: number): Promise<void> {
  if (await isCaughtUp(db, since)) return
  const detail = 'The ledger has not caught up, so what belongs to it is not known: it is being rebuilt, or behind.'
  throw new ConsoleError('MR_CONSOLE_BUSY', { detail, retryAfterSeconds: 2 })
}

function requireAtMost(count: number, most: number, what: string): void {
  if (count <= most) return
  const detail = `names ${count.toLocaleString('en')} ${what}; one erasure takes at most ${most.toLocaleString('en')}`
  throw new ConsoleError('MR_CONSOLE_INVALID', { problems: [{ pointer: '/subject', detail }] })
}

/** Events of the conversations, and those that name the subject themselves. */
async function eventsOf(db: Kysely<Tables>, tenant: string, { conversations, events }: Owners): Promise<EventRow[]> {
  const { rows } = await sql<EventRow>`
    select event_id, identity, account, provider, conversation_id, contact_id, client_id from webhook_events
    where tenant = ${tenant} and (conversation_id = any(${[...conversations]}::text[]) or event_id = any(${[...events]}::text[]))
    limit ${MAX_EVENTS + 1}`.execute(db)
  return rows
}

function scopedEvent(tenant: string, row: EventRow): ScopedEvent {
  return { id: row.event_id, conversation: row.conversation_id, reply_key: replyKeyOfEvent({ ...row, tenant }) }
}

/** Whose keys encrypt what belongs to it: by the rule of record keys, conversation before contact before client before the event itself. */
function dataSubjectsOf(subject: ErasureSubject, owners: Owners, rows: readonly EventRow[]): DataSubject[] {
  const found = new Map<string, DataSubject>()
  const add = (kind: DataSubject['kind'], id: string) => {
    // The key of a tenant's blind indexes is nobody's, whatever a payload calls its conversation.
    if (!id.startsWith('#')) found.set(id, { kind, id })
  }
  if (subject.kind !== 'email') add(subject.kind, subject.id)
  for (const id of owners.conversations) add('conversation', id)
  for (const row of rows) {
    if (row.conversation_id !== null) add('conversation', row.conversation_id)
    else if (row.contact_id !== null) add('contact', row.contact_id)
    else if (row.client_id !== null) add('client', row.client_id)
    else for (const id of [row.event_id, identityValueOf(row)]) add('record', id)
  }
  return [...found.values()]
}

async function accountsOf(db: Kysely<Tables>, tenant: string, { conversations }: Owners): Promise<string[]> {
  const { rows } = await sql<{ account: string }>`select distinct account from conversations
    where tenant = ${tenant} and conversation_id = any(${[...conversations]}::text[])`.execute(db)
  return rows.map(({ account }) => account)
}

async function endpointsOf(db: Kysely<Tables>, tenant: string, events: readonly ScopedEvent[]): Promise<string[]> {
  const { rows } = await sql<{ endpoint_id: string }>`select distinct endpoint_id from deliveries
    where tenant = ${tenant} and event_id = any(${events.map(({ id }) => id)}::text[])`.execute(db)
  return rows.map(({ endpoint_id }) => endpoint_id)
}
