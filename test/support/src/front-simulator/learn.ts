import { type FrontItem, isItem, isJson, type Json } from './item.ts'
import type { World } from './world.ts'

/**
 * Brings the world to the state that a Front webhook tells of (application envelope, rule event in full or as a preview, simple dotted form), so that a
 * later read of the API agrees with it. Gives back the conversation's id, or null when the body names none.
 */
export function learn(world: World, body: unknown): string | null {
  if (!isJson(body)) return null
  const inner = isJson(body.payload) ? body.payload : body
  return isItem(inner.conversation) ? learnEvent(world, inner, inner.conversation) : learnObject(world, inner)
}

function learnEvent(world: World, event: Json, conversation: FrontItem): string {
  const { id } = conversation
  const isPreview = !('subject' in conversation)
  if (isPreview) world.conversation(id)
  if (isItem(conversation.last_message)) learnMessage(world, id, conversation.last_message)
  const target = isJson(event.target) ? event.target : {}
  const kind = isJson(target._meta) ? target._meta.type : undefined
  if (kind === 'message' && isItem(target.data)) learnMessage(world, id, target.data)
  if (kind === 'comment' && isItem(target.data)) world.addComment(id, withoutLinks(target.data))
  // A preview names the conversation without telling anything about it. What was added above must not make it newer than the event.
  const told = isPreview ? { id } : withoutLinks(conversation)
  world.putConversation({ ...told, ...updatedAt(event.emitted_at) })
  if (isItem(event)) world.addEvent(event)
  return id
}

function learnObject(world: World, object: Json): string | null {
  if (!isItem(object)) return null
  if (object.id.startsWith('cnv_')) return world.putConversation(withoutLinks(object)).id
  if (typeof object.conversation_id !== 'string') return null
  world.conversation(object.conversation_id)
  learnMessage(world, object.conversation_id, object)
  return object.conversation_id
}

function learnMessage(world: World, conversationId: string, message: FrontItem): void {
  const { conversation_id: _, ...fields } = withoutLinks(message)
  world.addMessage(conversationId, fields)
}

/** Links name the host that the sample came from; the simulator writes its own. */
function withoutLinks(item: FrontItem): FrontItem {
  const { _links: _, last_message: __, ...fields } = item
  return fields as FrontItem
}

function updatedAt(time: unknown): Json {
  return typeof time === 'number' ? { updated_at: time } : {}
}
