import type { Completeness, Priority } from '@millrace/schemas'
import { canonicalType, taskReceived } from './event-types.ts'
import {
  type FrontBody,
  frontCompleteness,
  frontContactId,
  frontConversationId,
  frontEventId,
  readFrontBody,
} from './front-body.ts'
import { asId, asObject, asText, asWord, at, objectsIn } from './json.ts'
import { asTime } from './times.ts'

/** The provider of events that a team's own handlers emit; no sender may have its name. */
export const OWN_PROVIDER = 'millrace'

/** What services route, key and count an event by. */
export interface EventDescription {
  /** The provider's own word for the type; empty when the payload names none. */
  readonly providerType: string
  readonly type: string
  readonly priority: Priority
  /** Epoch milliseconds by the provider's clock; null when the payload does not say when it happened. */
  readonly occurredAt: number | null
  readonly conversationId: string | null
  readonly contactId: string | null
  readonly clientId: string | null
  readonly completeness: Completeness
  /** The provider's id of the event inside the signed body; null when there is none. */
  readonly providerEventId: string | null
}

/** Where a provider that is data says what its events are, and the headers that were kept of the request. */
export interface TypeHint {
  /** A path in the body (`event.type`), or `header:<name>`. */
  readonly eventTypeField?: string | undefined
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string | undefined>>
}

/**
 * Describes one event's JSON, whatever its shape. Never throws: what cannot be found is null, an unknown type is `<provider>.<word>`. `provider` is
 * the source's (`front`, `make`, `clickup` …), never taken from the payload.
 */
export function describePayload(provider: string, json: unknown, hint: TypeHint = {}): EventDescription {
  if (provider === 'front') return describeFront(json)
  if (provider === 'make' || provider === 'clickup') return describeTask(provider, json)
  if (provider === OWN_PROVIDER) return describeEmitted(json)
  return describeOther(provider, json, hintedWord(json, hint))
}

function hintedWord(json: unknown, { eventTypeField: field, headers }: TypeHint): string {
  if (field === undefined) return ''
  return asWord(field.startsWith('header:') ? headers?.[field.slice('header:'.length)] : at(json, ...field.split('.')))
}

function describeFront(json: unknown): EventDescription {
  const body = readFrontBody(json)
  if (body === null) return nothingKnown('front', 'partial')
  return {
    ...body.canonical,
    providerType: body.word,
    occurredAt: frontTime(body, json),
    conversationId: frontConversationId(body, json),
    contactId: frontContactId(body),
    clientId: null,
    completeness: frontCompleteness(body),
    providerEventId: frontEventId(body, json),
  }
}

/** Types of the simple form whose object came into being by the event, so that its `created_at` is the event's time. */
const creations = new Set([
  'message.received',
  'message.sent',
  'comment.added',
  'comment.mentioned',
  'conversation.created',
  'contact.created',
])

function frontTime(body: FrontBody, json: unknown): number | null {
  const emitted = asTime(at(body.event, 'emitted_at')) ?? asTime(at(json, 'emitted_at'))
  if (emitted !== null) return emitted
  // `created_at` of a conversation that was assigned today is the day it began: taken as the event's time it would make the event lose every fold.
  const isCreation = body.shape !== 'simple' || creations.has(body.canonical.type)
  const created = asTime(at(body.event, 'created_at')) ?? asTime(at(body.event, 'posted_at'))
  const outer = body.event === json ? null : asTime(at(json, 'created_at'))
  return (isCreation ? created : asTime(at(body.event, 'updated_at'))) ?? outer
}

/** Make's scenario sends `{client_id, action_id, task}`; ClickUp an API webhook `{event, task_id, history_items}`, an automation `{payload: task}` or a task. */
function describeTask(provider: string, json: unknown): EventDescription {
  const body = asObject(json)
  if (body === null) return nothingKnown(provider, 'full')
  const task = asObject(at(body, 'task')) ?? asObject(at(body, 'payload')) ?? (isTask(body) ? body : null)
  const isHandedOver = asObject(at(body, 'task')) !== null || (task !== null && isTask(task))
  const word = asWord(at(body, 'event')) || asWord(at(body, 'type')) || asWord(at(body, 'action_id'))
  return {
    ...(isHandedOver ? taskReceived : canonicalType(provider, word, body)),
    providerType: word,
    occurredAt: taskTime(body, task),
    conversationId: null,
    contactId: null,
    clientId: clientOf(body, task),
    completeness: 'full',
    providerEventId: null,
  }
}

function isTask(object: object): boolean {
  return asId(at(object, 'id')) !== null && asText(at(object, 'name')) !== null && at(object, 'status') !== undefined
}

function taskTime(body: object, task: object | null): number | null {
  const candidates = [
    at(body, 'timestamp'),
    at(body, 'date'),
    at(body, 'history_items', 0, 'date'),
    at(task, 'date_updated'),
    at(task, 'date_created'),
  ]
  return candidates.map(asTime).find((time) => time !== null) ?? null
}

function clientOf(body: object, task: object | null): string | null {
  const field = objectsIn(at(task, 'custom_fields')).find((item) =>
    /^client[ _-]?id$/i.test(asText(at(item, 'name')) ?? ''),
  )
  const candidates = [
    at(body, 'client_id'),
    at(body, 'clientId'),
    at(body, 'client', 'id'),
    at(body, 'client'),
    at(field, 'value'),
  ]
  return candidates.map(asId).find((id) => id !== null) ?? null
}

/** Any other provider: the type where its definition says, else by the usual names, and ids only where their names leave no doubt. */
function describeOther(provider: string, json: unknown, hinted: string): EventDescription {
  const word = hinted || asWord(at(json, 'type')) || asWord(at(json, 'event')) || asWord(at(json, 'event_type'))
  const time = [at(json, 'timestamp'), at(json, 'occurred_at'), at(json, 'created_at'), at(json, 'created')]
  return {
    ...nothingKnown(provider, 'full', word),
    occurredAt: time.map(asTime).find((ms) => ms !== null) ?? null,
    conversationId: asId(at(json, 'conversation_id')) ?? asId(at(json, 'data', 'conversation_id')),
    contactId: asId(at(json, 'contact_id')) ?? asId(at(json, 'data', 'contact_id')),
    clientId: asId(at(json, 'client_id')) ?? asId(at(json, 'data', 'client_id')),
  }
}

/** An event that a handler emitted: its ids are those that it says, and nothing is looked for in its data. */
function describeEmitted(json: unknown): EventDescription {
  const word = asWord(at(json, 'type'))
  return {
    ...nothingKnown(OWN_PROVIDER, 'full', word),
    occurredAt: asTime(at(json, 'timestamp')),
    conversationId: asId(at(json, 'conversation_id')),
    contactId: asId(at(json, 'contact_id')),
    clientId: asId(at(json, 'client_id')),
    providerEventId: asId(at(json, 'id')),
  }
}

function nothingKnown(provider: string, completeness: Completeness, word = ''): EventDescription {
  const unknown = { occurredAt: null, conversationId: null, contactId: null, clientId: null, providerEventId: null }
  return { ...canonicalType(provider, word, null), providerType: word, completeness, ...unknown }
}
