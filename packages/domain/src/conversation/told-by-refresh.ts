import type { ConversationRefresh } from '@millrace/schemas'
import { asObject, asText, at, type JsonObject, objectsIn } from '../json.ts'
import { parseJson } from '../parse-json.ts'
import { asTime } from '../times.ts'
import { READ } from './order.ts'
import { commentOf, messageOf } from './read-parts.ts'
import { type ConversationState, emptyState, type KnownEvent, type Listed } from './state.ts'
import { knownEvent, toldBy, toldFields } from './told-by-event.ts'

/** What a record of `conversations.refreshes` tells. A wish tells nothing: it asks. */
export function toldByRefresh(refresh: ConversationRefresh): ConversationState {
  const nothing = emptyState(refresh)
  switch (refresh.kind) {
    case 'read':
    case 'listed':
      return { ...nothing, ...readBy(refresh, nothing), isVisible: true }
    case 'supplement':
      return suppliedBy(refresh)
    case 'gone':
      return {
        ...nothing,
        gone: { at: refresh.at, reason: refresh.reason },
        events: answered(refresh, { isDone: true }),
      }
    case 'merged':
      if (refresh.merged_into === null) return nothing
      return {
        ...nothing,
        merged: { into: refresh.merged_into, at: refresh.at },
        isVisible: true,
        events: answered(refresh, { isDone: true }),
      }
    case 'forget':
      return { ...nothing, forgotten: refresh.at }
    default:
      return nothing
  }
}

function readBy(refresh: ConversationRefresh, nothing: ConversationState): Partial<ConversationState> {
  const conversation = asObject(jsonOf(refresh.conversation))
  const time = refresh.updated_at ?? asTime(at(conversation, 'updated_at')) ?? refresh.at
  const told = <T>(value: T) => ({ at: time, by: READ, value })
  const messages = listOf(refresh.messages, time, 'created_at')
  const comments = listOf(refresh.comments, time, 'posted_at')
  const isWhole = messages.listed !== null && comments.listed !== null
  return {
    fields: conversation === null ? nothing.fields : toldFields(conversation, time, READ),
    messages: messages.items.map((item) => told(messageOf(item))),
    comments: comments.items.map((item) => told(commentOf(item))),
    listed_messages: messages.listed,
    listed_comments: comments.listed,
    read: isWhole ? { at: time, began: refresh.at } : null,
    // Whoever read says what that reflects.
    events: refresh.kind === 'read' ? answered(refresh, { isRead: true, isDone: true }) : [],
  }
}

function suppliedBy(refresh: ConversationRefresh): ConversationState {
  const [id] = refresh.caused_by
  if (id === undefined || refresh.payload === null) return emptyState(refresh)
  const told = toldBy({
    tenant: refresh.tenant,
    account: refresh.account,
    conversationId: refresh.conversation_id,
    id,
    at: refresh.caused_at[0] ?? refresh.at,
    got: 0,
    priority: 'low',
    isPolled: false,
    isOld: false,
    payload: refresh.payload,
  })
  // There is no fuller copy: a message that it names and does not carry is not there any more.
  const isAll = told.fields.custom_fields_json !== null
  return isAll ? { ...told, events: told.events.map((event) => ({ ...event, isDone: true })) } : told
}

function answered(refresh: ConversationRefresh, changes: Partial<KnownEvent>): KnownEvent[] {
  return refresh.caused_by.map((id, place) => ({
    ...knownEvent({ id, at: refresh.caused_at[place] ?? refresh.at, got: 0 }, ''),
    ...changes,
  }))
}

function listOf(bytes: Buffer | null, time: number, name: string): { items: JsonObject[]; listed: Listed | null } {
  const json = jsonOf(bytes)
  if (!Array.isArray(at(json, '_results'))) return { items: [], listed: null }
  const items = objectsIn(at(json, '_results')).filter((item) => asText(at(item, 'id')) !== null)
  const times = items.map((item) => asTime(at(item, name)) ?? 0)
  const hasMore = asText(at(json, '_pagination', 'next')) !== null
  const ids = items.map((item) => asText(at(item, 'id')) ?? '')
  return { items, listed: { at: time, ids, oldest: times.length === 0 ? 0 : Math.min(...times), hasMore } }
}

function jsonOf(bytes: Buffer | null): unknown {
  if (bytes === null) return null
  const parsed = parseJson(bytes)
  return parsed.ok ? parsed.value : null
}
