import { asId, asObject, asText, type JsonObject, objectsIn } from '@millrace/domain'
import { nameKey, nodeId } from '../graph-ids.ts'
import type { RelationshipType } from '../relationship-types.ts'
import { addFrontFields, addLink, addTag } from './add-front-parts.ts'
import { addFrontPerson, addRecipient } from './add-front-person.ts'
import { type FrontContext, ownPropertiesOf } from './front-context.ts'

const parts = ['assignee', 'recipient', 'tags', 'links', 'custom_fields', 'last_message']

export interface ConversationPlace {
  readonly pointer: string
  /** False where what is listed may not be all that holds. */
  readonly isComplete?: boolean
}

/**
 * A conversation with status, assignee, correspondent, tags, links and custom fields, as far as it says them: what it has a place for is all
 * that holds, so others have ended. Returns the node.
 */
export function addConversation(
  context: FrontContext,
  id: string,
  conversation: JsonObject,
  place: ConversationPlace,
): string {
  const { draft, account } = context
  const node = nodeId('conversation', account, id)
  draft.node('conversation', node, { ...ownPropertiesOf(conversation, parts), id }, { standing: 'exists' })
  relateStatus(context, node, conversation)
  const complete = (name: string, type: RelationshipType) => {
    if (place.isComplete !== false && Object.hasOwn(conversation, name)) draft.complete(node, type)
  }
  relateOne(context, node, 'assigned_to', addFrontPerson(context, conversation.assignee))
  complete('assignee', 'assigned_to')
  const recipient = asObject(conversation.recipient)
  relateOne(context, node, 'about', recipient === null ? null : addRecipient(context, recipient))
  complete('recipient', 'about')
  relateEach(context, node, 'tagged', conversation.tags, addTag, `${place.pointer}/tags`)
  complete('tags', 'tagged')
  relateEach(context, node, 'linked_to', conversation.links, addLink, `${place.pointer}/links`)
  complete('links', 'linked_to')
  const fields = asObject(conversation.custom_fields)
  if (fields !== null) addFrontFields(context, node, id, fields, `${place.pointer}/custom_fields`)
  complete('custom_fields', 'has_custom_field')
  return node
}

/** The status of a conversation is another list than that of tasks. */
function relateStatus({ draft, account }: FrontContext, node: string, { status }: JsonObject): void {
  const name = asText(status)
  if (name === null) return
  const id = nodeId('status', account, 'conversation', nameKey(name))
  draft.relate('has_status', node, draft.node('status', id, { name }, { isOfClient: false }))
}

function relateOne({ draft }: FrontContext, node: string, type: RelationshipType, other: string | null): void {
  if (other !== null) draft.relate(type, node, other)
}

function relateEach(
  context: FrontContext,
  node: string,
  type: RelationshipType,
  list: unknown,
  add: (context: FrontContext, item: JsonObject) => string | null,
  pointer: string,
): void {
  if (!Array.isArray(list)) return
  list.forEach((item, index) => {
    const object = asObject(item)
    const other = object === null ? null : add(context, object)
    if (other === null) context.skip(`${pointer}/${index}`)
    else context.draft.relate(type, node, other)
  })
}

/** A conversation that is no more, with all that it was related to; the one that goes on in its place, if there is one. */
export function endConversation({ draft, account }: FrontContext, id: string, survivor: string | null = null): void {
  const node = nodeId('conversation', account, id)
  draft.complete(node, '*')
  if (survivor === null) {
    draft.node('conversation', node, { id }, { standing: 'gone' })
    return
  }
  // Who knows it by this id is led on.
  draft.node('conversation', node, { id, state: 'merged' }, { standing: 'exists' })
  draft.relate(
    'merged_into',
    node,
    draft.node('conversation', nodeId('conversation', account, survivor), { id: survivor }),
  )
}

/** The id of an object that is a conversation; null for others. */
export function conversationIdOf(object: unknown): string | null {
  const id = asId(asObject(object)?.id)
  return id?.startsWith('cnv_') ? id : null
}

/** The objects of `source` when it is a list of inboxes. */
export function inboxesIn(side: unknown): JsonObject[] {
  const { _meta, data } = asObject(side) ?? {}
  return asObject(_meta)?.type === 'inboxes' ? objectsIn(data ?? side) : []
}
