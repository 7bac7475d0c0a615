import type { Priority, SnapshotComment, SnapshotMessage } from '@millrace/schemas'
import { type FrontBody, frontConversation, mergedConversationIds, readFrontBody, targets } from '../front-body.ts'
import { asId, asObject, at, type JsonObject } from '../json.ts'
import { parseJson } from '../parse-json.ts'
import { asTime } from '../times.ts'
import { type ConversationFields, commentOf, fieldsOf, messageOf, personOf } from './read-parts.ts'
import { type ConversationState, emptyState, type KnownEvent } from './state.ts'

/** An event as far as a conversation's fold needs it. */
export interface FoldedEvent {
  readonly tenant: string
  readonly account: string
  readonly conversationId: string
  readonly id: string
  /** When it happened, epoch milliseconds. */
  readonly at: number
  /** When it was received; 0 for a copy of it. */
  readonly got: number
  readonly priority: Priority
  readonly isPolled: boolean
  /** Too late to be folded: a read tells better. */
  readonly isOld: boolean
  readonly payload: Buffer
}

const laneOf: Record<Priority, string> = { high: 'live-high', medium: 'live-medium', low: 'live-low' }

/** What one event tells of its conversation. */
export function toldBy(event: FoldedEvent): ConversationState {
  const parsed = parseJson(event.payload)
  const json = parsed.ok ? parsed.value : null
  const body = readFrontBody(json)
  const isVisible = event.isPolled || body?.shape === 'application'
  const known = {
    ...knownEvent(event, body?.canonical.type ?? 'front.unknown'),
    lane: laneOf[event.priority] ?? 'live-low',
  }
  const nothing = { ...emptyState(aboutOf(event)), isVisible }
  // Listed after a merge, an event carries the survivor.
  const carried = body === null ? null : asId(at(frontConversation(body), 'id'))
  const isForeign = carried !== null && carried !== event.conversationId
  if (body === null || event.isOld || isForeign) return { ...nothing, events: [{ ...known, need: 'old-event' }] }
  const content = contentOf(body, event)
  const about = aboutId(body)
  // The simple form is the message itself: there is nothing else that it could carry.
  const isAll = content.fields !== null || (body.shape === 'simple' && content.ids.has(about))
  const partly = isAll ? { isWhole: true, told: {} } : toldByType(body, event)
  const isTold = partly.isWhole && (about === '' || content.ids.has(about))
  const absorbed = mergedConversationIds(json).map((id) => ({ id, at: event.at, by: event.id }))
  return {
    ...nothing,
    ...content.told,
    ...partly.told,
    fields: { ...nothing.fields, ...content.fields, ...partly.told.fields },
    absorbed,
    events: [{ ...known, about, need: needOf(known.type, isTold), isDone: isTold }],
  }
}

export function aboutOf(event: Pick<FoldedEvent, 'tenant' | 'account' | 'conversationId'>) {
  return { tenant: event.tenant, account: event.account, conversation_id: event.conversationId }
}

export function knownEvent({ id, at, got }: Pick<FoldedEvent, 'id' | 'at' | 'got'>, type: string): KnownEvent {
  return { id, at, got, type, need: '', lane: '', about: '', isDone: false, isRead: false }
}

/** A merge moves messages that no event carries, and what was restored may have changed while it was gone. */
function needOf(type: string, isTold: boolean): KnownEvent['need'] {
  if (type === 'conversation.merged') return 'merged'
  if (type === 'conversation.restored') return 'restored'
  return isTold ? '' : 'preview'
}

/** The conversation, messages and comments that an event carries whole. */
function contentOf(body: FrontBody, { at: time, id: by }: FoldedEvent) {
  const conversation = frontConversation(body)
  const objects = [...targets(body.event), body.event, asObject(at(conversation, 'last_message'))]
  const told = <T>(value: T) => ({ at: time, by, value })
  const messages = distinct(objects.filter(isWholeMessage).map(messageOf))
  const comments = distinct(objects.filter(isWholeComment).map(commentOf))
  return {
    fields: isWhole(conversation) ? toldFields(conversation, time, by) : null,
    told: { messages: messages.map(told), comments: comments.map(told) },
    ids: new Set([...messages, ...comments].map((content) => content.id)),
  }
}

/** Every field of a conversation, as of its own time where that is later: a listed event carries what the conversation is when it is listed. */
export function toldFields(conversation: JsonObject, time: number, by: string): ConversationState['fields'] {
  const at_ = Math.max(time, asTime(at(conversation, 'updated_at')) ?? 0)
  const fields: ConversationFields = fieldsOf(conversation)
  const told = <T>(value: T) => ({ at: at_, by, value })
  return {
    subject: told(fields.subject),
    status: told(fields.status),
    assignee: told(fields.assignee),
    recipient: told(fields.recipient),
    tags: told(fields.tags),
    custom_fields_json: told(fields.custom_fields_json),
    created_at: told(fields.created_at),
  }
}

const references = new Set(['id', '_links', '_meta'])

function isWhole(conversation: JsonObject | null): conversation is JsonObject {
  return Object.keys(conversation ?? {}).some((key) => !references.has(key))
}

function isWholeMessage(object: JsonObject | null): object is JsonObject {
  const isMessage = asId(at(object, 'id'))?.startsWith('msg_') === true
  return isMessage && (typeof at(object, 'text') === 'string' || typeof at(object, 'body') === 'string')
}

function isWholeComment(object: JsonObject | null): object is JsonObject {
  return asId(at(object, 'id'))?.startsWith('com_') === true && typeof at(object, 'body') === 'string'
}

function distinct<T extends SnapshotMessage | SnapshotComment>(contents: readonly T[]): T[] {
  return [...new Map(contents.map((content) => [content.id, content])).values()]
}

/** The message or comment that the event is about, whether it carries it or only names it. */
function aboutId(body: FrontBody): string {
  const { type } = body.canonical
  if (!type.startsWith('message.') && !type.startsWith('comment.')) return ''
  const ids = [...targets(body.event), body.event].map((object) => asId(at(object, 'id')) ?? '')
  return ids.find((id) => id.startsWith('msg_') || id.startsWith('com_')) ?? ''
}

/** What an event without its conversation tells by its type and the ids of its target; `isWhole` when nothing else has changed. */
function toldByType(body: FrontBody, { at: time, id: by }: FoldedEvent): PartlyTold {
  const told = <T>(value: T) => ({ at: time, by, value })
  const [target] = targets(body.event)
  const id = asId(at(target, 'id'))
  switch (body.canonical.type) {
    case 'conversation.archived':
      return { isWhole: true, told: { fields: { status: told('archived') } } }
    case 'conversation.deleted':
      return { isWhole: true, told: { fields: { status: told('deleted') } } }
    case 'conversation.unarchived':
      return { isWhole: false, told: { fields: { status: told('open') } } }
    case 'conversation.unassigned':
      return { isWhole: true, told: { fields: { assignee: told(null) } } }
    case 'conversation.assigned':
      return id === null ? tellsNothing : { isWhole: false, told: { fields: { assignee: told(personOf(target)) } } }
    case 'conversation.untagged':
    case 'conversation.tagged': {
      const isOn = body.canonical.type === 'conversation.tagged'
      return id === null ? tellsNothing : { isWhole: !isOn, told: { tag_changes: [told({ id, isOn })] } }
    }
    case 'conversation.link_added':
    case 'conversation.link_removed':
      // Links are no part of a snapshot.
      return { isWhole: true, told: {} }
    default:
      return tellsNothing
  }
}

interface PartlyTold {
  readonly isWhole: boolean
  readonly told: {
    readonly fields?: Partial<ConversationState['fields']>
    readonly tag_changes?: ConversationState['tag_changes']
  }
}

const tellsNothing: PartlyTold = { isWhole: false, told: {} }
