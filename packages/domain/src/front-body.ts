import { canonicalType, type TypeAndPriority } from './event-types.ts'
import { asId, asObject, asWord, at, type JsonObject, objectsIn } from './json.ts'

/**
 * The shapes of a Front body: the application envelope `{type, authorization, payload: event}`, a bare event (rule webhook or Events API, full or
 * preview), and the simple dotted form `{type, payload: the object itself}`.
 */
export type FrontShape = 'application' | 'event' | 'simple'

export interface FrontBody {
  readonly shape: FrontShape
  /** The provider's word as sent: the outer one where there are two; empty when there is none. */
  readonly word: string
  readonly canonical: TypeAndPriority
  /** The event (application, event) or the object itself (simple). */
  readonly event: JsonObject
}

const eventId = /^evt_[A-Za-z0-9]+$/
const conversationIdPattern = /^cnv_[A-Za-z0-9]+$/
const conversationUrl = /\/conversations\/(cnv_[A-Za-z0-9]+)(?:[/?#]|$)/
const MAX_LINK_DEPTH = 12

/** Tells the shape of a Front body; null when it is no JSON object. */
export function readFrontBody(json: unknown): FrontBody | null {
  const body = asObject(json)
  if (body === null) return null
  const outer = asWord(at(body, 'type'))
  const inside = asObject(at(body, 'payload'))
  if (inside === null)
    return { shape: 'event', word: outer, canonical: canonicalType('front', outer, body), event: body }
  const inner = asWord(at(inside, 'type'))
  const shape = isEvent(inside) ? 'application' : 'simple'
  // A message or conversation of the simple form has a `type` of its own (email, discussion): only an event's says what happened.
  const canonical = shape === 'application' ? eitherType(outer, inner, body) : canonicalType('front', outer, body)
  return { shape, word: outer === '' && shape === 'application' ? inner : outer, canonical, event: inside }
}

function isEvent(object: JsonObject): boolean {
  return (
    isEventId(at(object, 'id')) ||
    at(object, 'emitted_at') !== undefined ||
    asObject(at(object, 'conversation')) !== null ||
    asObject(at(object, 'source', '_meta')) !== null
  )
}

/** The outer word decides; the inner one where only it is known, or where there is no outer one. */
function eitherType(outer: string, inner: string, body: JsonObject): TypeAndPriority {
  const byOuter = canonicalType('front', outer, body)
  const byInner = canonicalType('front', inner, body)
  const isOuterKnown = outer !== '' && !byOuter.type.startsWith('front.')
  if (isOuterKnown || inner === '') return byOuter
  return outer === '' || !byInner.type.startsWith('front.') ? byInner : byOuter
}

function isEventId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 128 && eventId.test(value)
}

function asConversationId(value: unknown): string | null {
  const id = asId(value)
  return id !== null && conversationIdPattern.test(id) ? id : null
}

/** Front's own id of the event (`evt_…`) in the signed body, or null. */
export function frontEventId(body: FrontBody, json: unknown): string | null {
  const candidates = [at(body.event, 'id'), at(body.event, 'event_id'), at(json, 'id'), at(json, 'event_id')]
  return candidates.find(isEventId) ?? null
}

/**
 * The conversation that an event is about: `conversation.id`, `conversation_id`, a `cnv_` id of the object itself, of target or source, at last a
 * `/conversations/cnv_…` link. For a merge this is the survivor.
 */
export function frontConversationId(body: FrontBody, json: unknown): string | null {
  const { event } = body
  const named = [
    at(event, 'conversation', 'id'),
    at(event, 'conversation_id'),
    at(json, 'conversation_id'),
    at(event, 'conversation'),
  ]
  for (const candidate of named) {
    const id = typeof candidate === 'string' ? asId(candidate) : null
    if (id !== null) return id
  }
  const objects = [event, ...targets(event), ...objectsIn(at(event, 'source', 'data')), asObject(at(event, 'source'))]
  for (const object of objects) {
    const id = asConversationId(at(object, 'id')) ?? asId(at(object, 'conversation_id'))
    if (id !== null) return id
  }
  return (
    linkedConversation(at(event, 'conversation')) ??
    linkedConversation(at(event, 'target')) ??
    linkedConversation(event)
  )
}

/** The objects that an event is about: `target.data` (one or several), or `target` itself in a preview. */
export function targets(event: JsonObject): JsonObject[] {
  const data = at(event, 'target', 'data')
  return objectsIn(data === undefined || data === null ? at(event, 'target') : data)
}

function linkedConversation(value: unknown, depth = 0, isLink = false): string | null {
  if (typeof value === 'string') return isLink ? (conversationUrl.exec(value)?.[1] ?? null) : null
  if (typeof value !== 'object' || value === null || depth > MAX_LINK_DEPTH) return null
  for (const [name, child] of Object.entries(value)) {
    const found = linkedConversation(child, depth + 1, isLink || name === '_links')
    if (found !== null) return found
  }
  return null
}

const contactUrl = /\/contacts\/(crd_[A-Za-z0-9]+)(?:[/?#]|$)/

/** The contact that an event is about, else the one at the other end of its conversation, or null. */
export function frontContactId(body: FrontBody): string | null {
  const { event } = body
  const isAboutContact = body.canonical.type.startsWith('contact.')
  const own = asId(at(event, 'id'))
  const named = asId(at(event, 'contact', 'id')) ?? asId(at(event, 'contact_id'))
  if (named !== null) return named
  if (own !== null && (own.startsWith('crd_') || (isAboutContact && !isEventId(own)))) return own
  const target = targets(event).map((object) => asId(at(object, 'id')))
  return target.find((id) => id?.startsWith('crd_')) ?? recipientContact(body) ?? linkedContact(body)
}

/** The conversation as far as the event carries it: an object of its own, or what the simple form is about. */
export function frontConversation(body: FrontBody): JsonObject | null {
  const isConversation = body.shape === 'simple' && asConversationId(at(body.event, 'id')) !== null
  return isConversation ? body.event : asObject(at(body.event, 'conversation'))
}

function recipientContact(body: FrontBody): string | null {
  const url = at(frontConversation(body), 'recipient', '_links', 'related', 'contact')
  return typeof url === 'string' ? (contactUrl.exec(url)?.[1] ?? null) : null
}

function linkedContact(body: FrontBody): string | null {
  const links = objectsIn(at(frontConversation(body), 'links'))
  return asId(
    at(
      links.find((link) => at(link, 'type') === 'contact'),
      'id',
    ),
  )
}

const referenceKeys = new Set(['id', '_links', '_meta'])

/** Full when the conversation (for a contact event: the contact) carries more than its id and links. */
export function frontCompleteness(body: FrontBody): 'full' | 'partial' {
  const isAboutContact = body.canonical.type.startsWith('contact.')
  const [contact] = body.shape === 'simple' ? [body.event] : targets(body.event)
  const object = frontConversation(body) ?? (isAboutContact ? contact : null)
  return Object.keys(object ?? {}).some((key) => !referenceKeys.has(key)) ? 'full' : 'partial'
}

/** The conversations that a merge ended: `target.data` of `conversations_merged` names them (`deleted_conversation_ids`). */
export function mergedConversationIds(json: unknown): string[] {
  const body = readFrontBody(json)
  if (body?.canonical.type !== 'conversation.merged') return []
  const survivor = frontConversationId(body, json)
  const target = asObject(at(body.event, 'target'))
  const lists = [
    at(target, 'data'),
    at(target, 'data', 'deleted_conversation_ids'),
    at(target, 'deleted_conversation_ids'),
  ]
  const items: unknown[] = lists.flatMap((list) => (Array.isArray(list) ? list : [list]))
  const ids = items.map((item) => asConversationId(item) ?? asConversationId(at(item, 'id')))
  return [...new Set(ids)].filter((id): id is string => id !== null && id !== survivor)
}
