import { FrontError, type ListAnswer } from '@millrace/front-client'
import type { ConversationRefresh } from '@millrace/schemas'
import type { ConversationReader } from './account-gate.ts'
import type { ConversationRef } from './coalesce.ts'

/** The topic takes 4 MiB; what is over this is left out, oldest first. */
const MAX_LIST_BYTES = 1_500_000
const MAX_CAUSES = 100

/** What a read found out about a conversation; `survivor` names another one to refresh as well. */
export interface ReadOutcome {
  readonly refresh: ConversationRefresh
  readonly survivor: string | null
}

/**
 * Reads a conversation, its latest messages and its comments: three calls. A merged conversation and one that cannot be read are outcomes too.
 * @throws FrontError for everything that may pass (throttled, unavailable, unauthorized) or that nobody expects
 */
export async function readConversation(
  client: ConversationReader,
  ref: ConversationRef,
  eventIds: readonly string[],
  options: { readonly messages: number },
): Promise<ReadOutcome> {
  const startedAt = Date.now()
  const about = { tenant: ref.tenant, account: ref.account, conversation_id: ref.conversationId, at: startedAt }
  const causes = eventIds.slice(-MAX_CAUSES)
  try {
    const conversation = await client.getConversation(ref.conversationId)
    const [messages, comments] = await Promise.all([
      client.listMessages(ref.conversationId, { limit: options.messages }),
      client.listComments(ref.conversationId),
    ])
    const refresh: ConversationRefresh = {
      ...nothingRead(about, causes),
      kind: 'read',
      updated_at: secondsToMs(conversation.value.updated_at),
      conversation: conversation.bytes,
      messages: listBytes(messages),
      comments: listBytes(comments),
    }
    return { refresh, survivor: null }
  } catch (error) {
    return unreadable(error, nothingRead(about, causes))
  }
}

function unreadable(error: unknown, nothing: ConversationRefresh): ReadOutcome {
  if (!(error instanceof FrontError)) throw error
  if (error.code === 'MR_FRONT_MERGED' && error.mergedInto !== null) {
    return { refresh: { ...nothing, kind: 'merged', merged_into: error.mergedInto }, survivor: error.mergedInto }
  }
  // A scope that the token lacks says nothing about the conversation.
  if (error.missingScopes.length > 0) throw error
  // Not there, or not for this token to see; the fold knows whether it was ever seen.
  if (error.code === 'MR_FRONT_NOT_FOUND' || error.code === 'MR_FRONT_FORBIDDEN' || error.code === 'MR_FRONT_BAD_ID') {
    return { refresh: { ...nothing, kind: 'gone' }, survivor: null }
  }
  throw error
}

type About = Pick<ConversationRefresh, 'tenant' | 'account' | 'conversation_id' | 'at'>

function nothingRead(about: About, causes: readonly string[]): ConversationRefresh {
  return {
    ...about,
    kind: 'read',
    updated_at: null,
    merged_into: null,
    caused_by: [...causes],
    caused_at: [],
    lane: '',
    reason: '',
    conversation: null,
    messages: null,
    comments: null,
    payload: null,
  }
}

/** The list as the API gave it where it is one page that fits; else its newest entries, in the same form. */
function listBytes(list: ListAnswer): Buffer {
  const [page] = list.pages
  if (list.pages.length === 1 && page !== undefined && page.bytes.length <= MAX_LIST_BYTES) return page.bytes
  const kept: unknown[] = []
  let bytes = 0
  for (const entry of list.value) {
    bytes += Buffer.byteLength(JSON.stringify(entry)) + 1
    if (bytes > MAX_LIST_BYTES) break
    kept.push(entry)
  }
  const isCut = list.hasMore || kept.length < list.value.length
  return Buffer.from(JSON.stringify({ _results: kept, _pagination: { next: isCut ? 'more' : null } }))
}

function secondsToMs(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? Math.round(value * 1_000) : null
}
