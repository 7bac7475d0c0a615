import type { Priority } from '@millrace/schemas'
import { asObject, asText, at } from './json.ts'

/** One canonical event type and every word that a provider has for it. */
export interface EventType {
  readonly type: string
  readonly priority: Priority
  /** `type` of Front application webhooks. */
  readonly app: readonly string[]
  /** `type` of Front's Events API and of rule webhooks. */
  readonly api: readonly string[]
  /** Other dotted names of the simple form; the canonical type itself is always one. */
  readonly dotted: readonly string[]
}

export interface TypeAndPriority {
  readonly type: string
  readonly priority: Priority
}

function row(type: string, priority: Priority, app: string, api: string, dotted = ''): EventType {
  const words = (text: string) => text.split(' ').filter((word) => word !== '')
  return { type, priority, app: words(app), api: words(api), dotted: words(dotted) }
}

/**
 * The one table of event types of Front. Application words: dev.frontapp.com/docs/application-webhooks; Events API words:
 * dev.frontapp.com/reference/events. The list is open: what is not here flows as `front.<type>`.
 */
export const eventTypes: readonly EventType[] = [
  row('message.received', 'high', 'inbound_received', 'inbound'),
  // Front's own specification said `outbound_reply` until January 2025, payloads say `out_reply` since 2018.
  row('message.sent', 'high', 'outbound_sent', 'outbound out_reply outbound_reply'),
  row('message.failed', 'high', 'message_delivery_failed', 'sending_error message_bounce_error'),
  row('comment.added', 'high', 'new_comment_added', 'comment'),
  row('comment.mentioned', 'high', '', 'mention'),
  row('conversation.created', 'high', '', ''),
  row('conversation.archived', 'high', 'conversation_archived', 'archive'),
  row('conversation.unarchived', 'high', 'conversation_reopened', 'reopen', 'conversation.reopened'),
  row('conversation.deleted', 'high', 'conversation_deleted', 'trash'),
  row('conversation.restored', 'high', 'conversation_restored', 'restore'),
  row('conversation.moved', 'high', 'conversation_moved', 'move'),
  row('conversation.merged', 'high', '', 'conversations_merged'),
  row('conversation.updated', 'high', '', 'custom_field_updated ticket_status_update'),
  row('conversation.snoozed', 'medium', 'conversation_snoozed', ''),
  row('conversation.snooze_expired', 'medium', 'conversation_snooze_expired', 'reminder'),
  row('conversation.assigned', 'medium', 'assignee_changed', 'assign'),
  row('conversation.unassigned', 'medium', '', 'unassign'),
  row('conversation.tagged', 'low', 'tag_added', 'tag'),
  row('conversation.untagged', 'low', 'tag_removed', 'untag'),
  row('conversation.link_added', 'low', 'link_added', 'link_added'),
  row('conversation.link_removed', 'low', 'link_removed', 'link_removed'),
  row('contact.created', 'low', 'contact_created', ''),
  row('contact.updated', 'low', 'contact_updated', ''),
]

/** A task that Make.com (or ClickUp through it) hands over. */
export const taskReceived: TypeAndPriority = { type: 'task.received', priority: 'high' }

const byFrontWord: ReadonlyMap<string, EventType> = new Map(
  eventTypes.flatMap((entry) =>
    [...entry.app, ...entry.api, ...entry.dotted, entry.type].map((word): [string, EventType] => [word, entry]),
  ),
)

const MAX_WORD_LENGTH = 100

/** The word in the characters that a type may have: letters, digits, `_`, `-` and inner dots; `unknown` when nothing is left. */
export function safeWord(word: string): string {
  const safe = word
    .replaceAll(/[^A-Za-z0-9._-]+/g, '_')
    .replaceAll(/\.{2,}/g, '.')
    .slice(0, MAX_WORD_LENGTH)
    .replaceAll(/^[._-]+|[._-]+$/g, '')
  return safe === '' ? 'unknown' : safe
}

/**
 * Canonical type and priority of a provider's word. Unknown words of Front become `front.<word>`, those of others `<provider>.<word>`, priority
 * low. `body` is needed by what the word leaves open: Front's `assignee_changed` (assigned or unassigned) and a Make body, which has no type.
 */
export function canonicalType(provider: string, providerType: string, body?: unknown): TypeAndPriority {
  if (provider === 'front') return frontType(providerType, body)
  if (provider === 'make' && (body === undefined || asObject(at(body, 'task')) !== null)) return taskReceived
  return { type: `${safeWord(provider)}.${safeWord(providerType)}`, priority: 'low' }
}

function frontType(word: string, body: unknown): TypeAndPriority {
  const known = word === 'assignee_changed' ? byFrontWord.get(assigneeWord(body)) : byFrontWord.get(word)
  if (known !== undefined) return { type: known.type, priority: known.priority }
  return { type: `front.${safeWord(word)}`, priority: 'low' }
}

/** `assignee_changed` covers Front's `assign` and `unassign`: the event inside says which, else the conversation's assignee does. */
function assigneeWord(body: unknown): string {
  const event = asObject(at(body, 'payload')) ?? body
  const inner = asText(at(event, 'type'))
  if (inner === 'assign' || inner === 'unassign') return inner
  return at(event, 'conversation', 'assignee') === null ? 'unassign' : 'assign'
}
