import {
  asId,
  asObject,
  at,
  type FrontBody,
  frontConversationId,
  frontTargets,
  type JsonObject,
  mergedConversationIds,
  readFrontBody,
} from '@millrace/domain'
import { frontBody } from '../body-schemas.ts'
import type { Extraction, Extractor, Scope } from '../extractor.ts'
import { createGraphDraft } from '../graph-draft.ts'
import { addConversation, conversationIdOf, endConversation, inboxesIn } from './add-conversation.ts'
import { addInbox, addLink, addTag } from './add-front-parts.ts'
import { addFrontPerson } from './add-front-person.ts'
import { addMessage } from './add-message.ts'
import type { FrontContext } from './front-context.ts'

/** The graph of a Front event in any of its shapes, full or preview: what it carries of conversation, message, comment, contact and inboxes. */
export const frontExtractor: Extractor = {
  name: 'front-event',
  version: 1,
  types: ['message.*', 'comment.*', 'conversation.*', 'contact.*', 'front.*'],
  schema: frontBody,
  reads: 'a Front event: application webhook, rule webhook, preview, Events API or the simple dotted form',
  extract: extractFront,
}

function extractFront(json: unknown, scope: Scope): Extraction {
  const front = readFrontBody(json)
  if (front === null) return { ok: false, problems: [{ pointer: '', rule: 'a JSON object' }] }
  const unread: string[] = []
  const draft = createGraphDraft()
  const skip = (pointer: string) => unread.push(pointer)
  const context = { draft, account: scope.account, at: scope.at, locale: scope.locale, skip }
  const pointer = front.shape === 'event' ? '' : '/payload'
  if (scope.type.startsWith('contact.')) readContact(context, front)
  else readConversation(context, front, json, { scope, pointer })
  return { ok: true, graph: { ...draft.finish(), unread } }
}

/** A contact's own event: the person is there whatever names them. */
function readContact(context: FrontContext, { shape, event }: FrontBody): void {
  for (const contact of shape === 'simple' ? [event] : frontTargets(event)) {
    const person = addFrontPerson(context, contact)
    if (person !== null) context.draft.node('person', person, {}, { standing: 'exists' })
  }
}

interface EventPlace {
  readonly scope: Scope
  readonly pointer: string
}

function readConversation(context: FrontContext, front: FrontBody, json: unknown, place: EventPlace): void {
  const { event } = front
  const { pointer, scope } = place
  const inboxes = [...inboxesIn(event.source), ...inboxesIn(event.target)].map((inbox) => addInbox(context, inbox))
  const id = frontConversationId(front, json)
  if (id === null) {
    readMessages(context, front, null, pointer)
    return
  }
  const isOwn = front.shape === 'simple' && conversationIdOf(event) !== null
  const conversation = (isOwn ? event : asObject(event.conversation)) ?? {}
  if (
    scope.type === 'conversation.deleted' ||
    (conversation.status === 'deleted' && scope.type !== 'conversation.restored')
  ) {
    endConversation(context, id)
    return
  }
  const node = addConversation(context, id, conversation, { pointer: isOwn ? pointer : `${pointer}/conversation` })
  for (const inbox of inboxes) if (inbox !== null) context.draft.relate('in_inbox', node, inbox)
  if (scope.type === 'conversation.moved' && inboxesIn(event.target).length > 0)
    context.draft.complete(node, 'in_inbox')
  readTarget(context, node, conversation, { event, type: scope.type })
  for (const merged of mergedConversationIds(json)) endConversation(context, merged, id)
  readMessages(context, front, node, pointer)
}

interface Happened {
  readonly event: JsonObject
  readonly type: string
}

/** What the event itself says where the conversation is only a reference: a preview's new assignee, tag or link. */
function readTarget(context: FrontContext, node: string, conversation: JsonObject, { event, type }: Happened): void {
  const { draft } = context
  const isSaid = (name: string) => Object.hasOwn(conversation, name)
  if (type === 'conversation.assigned' && !isSaid('assignee')) {
    for (const person of frontTargets(event).map((each) => addFrontPerson(context, each))) {
      if (person !== null) draft.relate('assigned_to', node, person)
    }
    draft.complete(node, 'assigned_to')
  }
  if (type === 'conversation.unassigned' && !isSaid('assignee')) draft.complete(node, 'assigned_to')
  if (type === 'conversation.tagged' && !isSaid('tags')) relateTargets(context, node, event, 'tagged')
  if (type === 'conversation.link_added' && !isSaid('links')) relateTargets(context, node, event, 'linked_to')
}

function relateTargets(context: FrontContext, node: string, event: JsonObject, type: 'tagged' | 'linked_to'): void {
  for (const target of frontTargets(event)) {
    const other = type === 'tagged' ? addTag(context, target) : addLink(context, target)
    if (other !== null) context.draft.relate(type, node, other)
  }
}

/** The message or comment that the event is about, and the conversation's last one. */
function readMessages(
  context: FrontContext,
  { event, shape }: FrontBody,
  conversation: string | null,
  pointer: string,
): void {
  const isOwn = shape === 'simple' && isMessage(event)
  const found = isOwn ? [event] : frontTargets(event).filter(isMessage)
  const last = asObject(at(event, 'conversation', 'last_message'))
  const places: readonly (readonly [JsonObject, string])[] = [
    ...found.map((message) => [message, isOwn ? pointer : `${pointer}/target/data`] as const),
    ...(last === null ? [] : [[last, `${pointer}/conversation/last_message`] as const]),
  ]
  const seen = new Set<string>()
  for (const [message, where] of places) {
    const id = asId(message.id)
    if (id === null || seen.has(id)) continue
    seen.add(id)
    addMessage(context, message, { conversation, pointer: where })
  }
}

function isMessage(object: JsonObject): boolean {
  return /^(msg|com)_/.test(asId(object.id) ?? '')
}
