import {
  at,
  type ClientTaskRequest,
  type ConversationFields,
  clientTaskRequest,
  conversationFields,
  frontConversation,
  OWN_PROVIDER,
  parseJson,
  type ReadEvent,
  readEvent,
  resourceUri,
} from '@millrace/domain'
import type { WebhookEvent } from '@millrace/schemas'

/** The canonical types that events of Front and of Make have; other providers' begin with their name. */
export const knownTypes = [
  'message.received',
  'message.sent',
  'message.failed',
  'comment.added',
  'comment.mentioned',
  'conversation.created',
  'conversation.archived',
  'conversation.unarchived',
  'conversation.deleted',
  'conversation.restored',
  'conversation.moved',
  'conversation.merged',
  'conversation.updated',
  'conversation.snoozed',
  'conversation.snooze_expired',
  'conversation.assigned',
  'conversation.unassigned',
  'conversation.tagged',
  'conversation.untagged',
  'conversation.link_added',
  'conversation.link_removed',
  'contact.created',
  'contact.updated',
  'task.received',
] as const

export type KnownType = (typeof knownTypes)[number]

/** What every event has, in the words of `webhooks.events.v1`. Times are epoch milliseconds. */
export interface AnyEvent<T extends string = string> extends Omit<WebhookEvent, 'type' | 'reply_to' | 'payload'> {
  readonly type: T
  /** The provider's JSON; null when the payload is none. */
  readonly json: unknown
  /** The same as its original bytes. */
  readonly payload: Buffer
  /** Names the conversation for `ctx.mcp.notify`; null when the event is about none. */
  readonly conversation_uri: string | null
  /** Set while an operator has the event handled once more. */
  readonly replay: { readonly replay_id: string; readonly run_id: string } | null
}

/** What an event of Front carries of its conversation; null where it carries nothing of it, as rule previews do. */
interface WithConversation {
  readonly conversation: ConversationFields | null
}

interface WithMessage extends WithConversation {
  /** As far as the event carries it: `isPreview` says that its text is to be read with `ctx.front.getMessage`. */
  readonly message: ReadEvent['message']
}

interface WithTask {
  /** As Make's scenario sends it; null where the task has another form, then see `json`. */
  readonly task: ClientTaskRequest['task'] | null
}

interface WithData {
  /** What the handler that emitted it gave. */
  readonly data: unknown
  /** Id of the event that caused it. */
  readonly caused_by: string | null
}

/** The event that a handler of type or pattern `T` gets. */
export type EventOf<T extends string> = T extends `message.${string}`
  ? AnyEvent<T> & WithMessage
  : T extends `conversation.${string}` | `comment.${string}`
    ? AnyEvent<T extends `${string}*` ? string : T> & WithConversation
    : T extends 'task.received'
      ? AnyEvent<T> & WithTask
      : T extends `millrace.${string}`
        ? AnyEvent<T extends `${string}*` ? string : T> & WithData
        : AnyEvent

/** A type, `*`, or `prefix.*`. */
export type EventPattern = KnownType | '*' | `${string}.${string}`

/** Reads an event for handlers, once for all of them. Never throws: what it does not carry is null. */
export function readForHandlers(event: WebhookEvent, replay: AnyEvent['replay']): AnyEvent {
  const { reply_to: _, ...fields } = event
  const parsed = parseJson(event.payload)
  const json = parsed.ok ? parsed.value : null
  const { tenant, conversation_id: id } = event
  const conversation_uri = id === null ? null : resourceUri({ kind: 'conversation', tenant, id })
  return { ...fields, json, conversation_uri, replay, ...carriedBy(event, json) }
}

function carriedBy(event: WebhookEvent, json: unknown): object {
  if (event.provider === OWN_PROVIDER)
    return { data: at(json, 'data') ?? null, caused_by: at(json, 'caused_by') ?? null }
  if (event.type === 'task.received') return { task: clientTaskRequest.shape.task.safeParse(taskIn(json)).data ?? null }
  if (event.provider !== 'front') return {}
  const { message, body } = readEvent(event)
  const carried = event.completeness === 'full' ? conversationFields(frontConversation(body)) : null
  return event.type.startsWith('message.') ? { message, conversation: carried } : { conversation: carried }
}

/** Make hands a task over within its request; ClickUp sends it as `payload`, or alone. */
function taskIn(json: unknown): unknown {
  return at(json, 'task') ?? at(json, 'payload') ?? json
}
