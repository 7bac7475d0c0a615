import { setTimeout as pause } from 'node:timers/promises'
import { type FrontClient, FrontError, type Lane, type ListAnswer } from '@millrace/front-client'
import type { ConversationRefresh } from '@millrace/schemas'
import type { MergedWish } from './coalesce.ts'

/** The calls that a read makes. */
export type ConversationReader = Pick<FrontClient, 'getConversation' | 'listMessages' | 'listComments'>

export interface ReadOptions {
  /** Messages that are asked for. */
  readonly messages: number
  /** Milliseconds before a conversation that was not found is asked for once more. */
  readonly confirmAfterMs: number
  readonly signal?: AbortSignal
}

/** A read that has begun waits for the rest of its calls: given up, it would have spent some for nothing, and in a lane of few no read would end. */
const REST_WAIT_MS = 600_000
/** The topic takes 4 MiB; what is over this is left out, oldest first. */
const MAX_LIST_BYTES = 1_500_000
const MAX_CAUSES = 100

/**
 * Reads a conversation, its latest messages and its comments: three calls. A merged conversation is an outcome too, and so is one that is not there
 * or not for this token to see, once a second call has said the same.
 * @throws FrontError for everything that may pass (throttled, unavailable, unauthorized) or that nobody expects
 */
export async function readConversation(
  client: ConversationReader,
  wish: MergedWish,
  options: ReadOptions,
): Promise<ConversationRefresh> {
  const first = await ask(client, wish, options)
  if (first.kind !== 'gone') return first
  await pause(options.confirmAfterMs, undefined, { signal: options.signal })
  return ask(client, wish, options)
}

async function ask(client: ConversationReader, wish: MergedWish, options: ReadOptions): Promise<ConversationRefresh> {
  const call = callOf(wish.lane, options.signal)
  const nothing = nothingRead(wish, Date.now())
  try {
    const conversation = await client.getConversation(wish.conversationId, call)
    const rest = { ...call, maxWaitMs: REST_WAIT_MS }
    const [messages, comments] = await Promise.all([
      client.listMessages(wish.conversationId, { ...rest, limit: options.messages }),
      client.listComments(wish.conversationId, rest),
    ])
    return {
      ...nothing,
      updated_at: secondsToMs(conversation.value.updated_at),
      conversation: conversation.bytes,
      messages: listBytes(messages),
      comments: listBytes(comments),
    }
  } catch (error) {
    return unreadable(error, nothing)
  }
}

export function callOf(lane: Lane, signal: AbortSignal | undefined) {
  return signal === undefined ? { lane } : { lane, signal }
}

function unreadable(error: unknown, nothing: ConversationRefresh): ConversationRefresh {
  if (!(error instanceof FrontError)) throw error
  if (error.code === 'MR_FRONT_MERGED' && error.mergedInto !== null)
    return { ...nothing, kind: 'merged', merged_into: error.mergedInto }
  // A scope that the token lacks says nothing about the conversation.
  if (error.missingScopes.length > 0) throw error
  // Not there, or not for this token to see; the fold knows whether it was ever seen.
  if (error.code === 'MR_FRONT_NOT_FOUND' || error.code === 'MR_FRONT_BAD_ID')
    return { ...nothing, kind: 'gone', reason: 'not-found' }
  if (error.code === 'MR_FRONT_FORBIDDEN') return { ...nothing, kind: 'gone', reason: 'forbidden' }
  throw error
}

function nothingRead(wish: MergedWish, at: number): ConversationRefresh {
  const events = wish.events.slice(-MAX_CAUSES)
  return {
    tenant: wish.tenant,
    account: wish.account,
    conversation_id: wish.conversationId,
    kind: 'read',
    at,
    updated_at: null,
    merged_into: null,
    caused_by: events.map(({ id }) => id),
    caused_at: events.map((event) => event.at),
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
