import { type Kysely, type SqlBool, sql } from 'kysely'
import type { z } from 'zod'
import { withOpened } from '../db/sealed.ts'
import type { Tables } from '../db/tables.ts'
import type { WordIndex } from '../words/word-index.ts'
import { exactly } from '../words/words-in.ts'
import { pageFrom, readCursor, timePlace } from './cursor.ts'
import { found } from './not-found.ts'
import type { conversationDetail, conversationSummary, conversationsSearch } from './schemas/conversations.ts'

type Summary = z.infer<typeof conversationSummary>
type Detail = z.infer<typeof conversationDetail>

/** Beside the snapshot, which may hold megabytes. */
type Shown = Partial<Pick<Summary, 'assignee' | 'recipient' | 'tags' | 'last_message'>>

function summaries(db: Kysely<Tables>, tenant: string) {
  return db
    .selectFrom('conversations')
    .select(['conversation_id', 'account', 'state', 'merged_into', 'completeness', 'subject', 'status', 'as_of'])
    .select(['shown', 'sealed', 'written_at as refreshed_at'])
    .select(sql<number>`cardinality(pending)`.as('pending_count'))
    .where('tenant', '=', tenant)
}

type Row = Awaited<ReturnType<ReturnType<typeof summaries>['execute']>>[number]

function summaryOf(stored: Row): Summary {
  const { shown, ...row } = withOpened(stored)
  const { assignee = null, recipient = null, tags = [], last_message = null } = shown as Shown
  return { ...row, assignee, recipient, tags, last_message }
}

/**
 * Conversations that fit, those that changed last first.
 * @param words finds those that are encrypted, by whole words of their people and subjects
 * @throws ConsoleError `MR_CONSOLE_INVALID` for a cursor that is none
 */
export async function findConversations(
  db: Kysely<Tables>,
  tenant: string,
  query: z.infer<typeof conversationsSearch>,
  words?: WordIndex,
) {
  const { q, state, status, tag, since, until, limit } = query
  const after = readCursor(query.cursor, timePlace)
  const found = q === undefined ? undefined : await words?.has(tenant, 'words', q)
  const tagged = tag === undefined ? undefined : await words?.hasWord(tenant, 'words', exactly(tag))
  const rows = await summaries(db, tenant)
    .where((eb) =>
      eb.and([
        ...(q === undefined
          ? []
          : [
              eb.or([
                eb('conversation_id', '=', q),
                eb('subject', 'ilike', partOf(q)),
                eb('people', 'like', partOf(q.toLowerCase())),
                ...(found === undefined ? [] : [found]),
              ]),
            ]),
        ...(state === undefined ? [] : [eb('state', '=', state)]),
        ...(status === undefined ? [] : [eb('status', '=', status)]),
        ...(tag === undefined
          ? []
          : [
              sql<SqlBool>`(shown -> 'tags' @> ${JSON.stringify([{ id: tag }])}::jsonb or shown -> 'tags' @> ${JSON.stringify([{ name: tag }])}::jsonb
                or ${tagged ?? sql<SqlBool>`false`})`,
            ]),
        ...(since === undefined ? [] : [eb('as_of', '>=', since)]),
        ...(until === undefined ? [] : [eb('as_of', '<', until)]),
        ...(after === undefined ? [] : [sql<SqlBool>`(as_of, conversation_id) < (${after[0]}, ${after[1]})`]),
      ]),
    )
    .orderBy('as_of', 'desc')
    .orderBy('conversation_id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, limit, (row) => [row.as_of, row.conversation_id], summaryOf)
}

/** A pattern for what has the text somewhere. */
function partOf(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}

/**
 * One conversation, as far as known.
 * @throws ConsoleError `MR_CONSOLE_NOT_FOUND`
 */
export async function readConversation(db: Kysely<Tables>, tenant: string, conversationId: string): Promise<Detail> {
  const row = await summaries(db, tenant)
    .select(['created_at', 'caused_by', 'pending', 'has_more', 'snapshot', 'sealed_snapshot'])
    .where('conversation_id', '=', conversationId)
    .executeTakeFirst()
  const { created_at, caused_by, pending, has_more, snapshot, sealed_snapshot, ...summary } = found(row, 'conversation')
  const whole: unknown = sealed_snapshot === null ? snapshot : JSON.parse(sealed_snapshot.toString())
  const {
    messages = [],
    comments = [],
    custom_fields_json,
  } = whole as Partial<Pick<Detail, 'messages' | 'comments'>> & {
    custom_fields_json?: string
  }
  const custom_fields = customFieldsOf(custom_fields_json)
  return { ...summaryOf(summary), created_at, caused_by, pending, has_more, messages, comments, custom_fields }
}

function customFieldsOf(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {}
  } catch {
    return {}
  }
}
