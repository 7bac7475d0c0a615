import { type FrontItem, isItem, isJson, type Json } from './item.ts'
import type { World } from './world.ts'

/** Application webhooks have words of their own; an event without one here is not sent by them (merges, mentions, custom fields …). */
const appTypes: Readonly<Record<string, string>> = {
  inbound: 'inbound_received',
  outbound: 'outbound_sent',
  out_reply: 'outbound_sent',
  sending_error: 'message_delivery_failed',
  message_bounce_error: 'message_delivery_failed',
  move: 'conversation_moved',
  archive: 'conversation_archived',
  reopen: 'conversation_reopened',
  trash: 'conversation_deleted',
  restore: 'conversation_restored',
  snooze: 'conversation_snoozed',
  reminder: 'conversation_snooze_expired',
  comment: 'new_comment_added',
  assign: 'assignee_changed',
  unassign: 'assignee_changed',
  tag: 'tag_added',
  untag: 'tag_removed',
  link_added: 'link_added',
  link_removed: 'link_removed',
}

/** The type of an application webhook for an event of the Events API; undefined when none is sent. */
export function appTypeOf(event: FrontItem): string | undefined {
  return appTypes[String(event.type)]
}

/** The event as `/events` and full webhooks give it: with the whole conversation of now, and `data` in source and target. */
export function fullEvent(world: World, event: FrontItem, linkBase: string): FrontItem {
  const named = isItem(event.conversation) ? event.conversation.id : undefined
  const id = named === undefined ? undefined : survivorOf(world, named)
  const conversation = id === undefined ? undefined : world.conversation(id)
  return {
    _links: { self: `${linkBase}/events/${event.id}` },
    ...event,
    ...(conversation && { conversation: withLinks(conversation, linkBase) }),
    ...wholeSide(event, 'source'),
    ...wholeSide(event, 'target'),
  }
}

/** What a full webhook carries beyond `/events`, and what not (as in captured ones): the last message is there, the time of the last change is not. */
export function webhookEvent(world: World, event: FrontItem, linkBase: string): FrontItem {
  const full = fullEvent(world, event, linkBase)
  if (!isItem(full.conversation)) return full
  const { updated_at: _, ...told } = full.conversation
  const [last] = world.messages(full.conversation.id)
  return { ...full, conversation: last ? { ...told, last_message: last } : told }
}

/** The same structure, but source, target and conversation hold only an id and links, directly beside `_meta`. */
export function previewEvent(event: FrontItem, linkBase: string): FrontItem {
  const conversation = isItem(event.conversation) ? event.conversation : undefined
  return {
    _links: { self: `${linkBase}/events/${event.id}` },
    id: event.id,
    type: event.type,
    emitted_at: event.emitted_at,
    ...(conversation && { conversation: { _links: linksOf(conversation.id, linkBase), id: conversation.id } }),
    ...previewSide(event, 'source', linkBase),
    ...previewSide(event, 'target', linkBase),
  }
}

export function withLinks(conversation: FrontItem, linkBase: string): FrontItem {
  return { _links: linksOf(conversation.id, linkBase), ...conversation }
}

function linksOf(id: string, linkBase: string): object {
  const self = `${linkBase}/conversations/${id}`
  const related = Object.fromEntries(
    ['events', 'followers', 'messages', 'comments', 'inboxes'].map((kind) => [kind, `${self}/${kind}`]),
  )
  return { self, related }
}

function survivorOf(world: World, id: string): string {
  const survivor = world.survivorOf(id)
  return survivor === undefined ? id : survivorOf(world, survivor)
}

function wholeSide(event: Json, side: 'source' | 'target'): Json {
  const value = event[side]
  if (!isJson(value) || 'data' in value) return {}
  const { _meta, ...data } = value
  return { [side]: { _meta, data } }
}

const paths: Readonly<Record<string, string>> = {
  inboxes: 'inboxes',
  teammate: 'teammates',
  message: 'messages',
  comment: 'comments',
  tag: 'tags',
  rule: 'rules',
  link: 'links',
}

function previewSide(event: Json, side: 'source' | 'target', linkBase: string): Json {
  const value = event[side]
  if (!isJson(value)) return {}
  const meta = isJson(value._meta) ? value._meta : {}
  const item = [value.data].flat().find(isItem)
  if (!item) return { [side]: value }
  const path = paths[String(meta.type)] ?? String(meta.type)
  return { [side]: { _meta: value._meta, _links: { self: `${linkBase}/${path}/${item.id}` }, id: item.id } }
}
