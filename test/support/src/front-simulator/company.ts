import { type FrontItem, frontTime, isItem, type Json } from './item.ts'
import type { MessageFields } from './synthesise.ts'
import type { World } from './world.ts'

/** Fields of a conversation beside those that the simulator keeps itself. */
export interface NewConversation extends Partial<FrontItem> {
  /** Default: the support inbox. */
  readonly inbox?: string
  /** The customer's address. */
  readonly handle?: string
  readonly text?: string
}

/**
 * What people do in Front. Each act changes the world, lists an event at `/events` and sends it to the webhooks that are set up; it gives back the
 * event. A conversation that does not exist is made.
 */
export interface Company {
  /** A customer writes for the first time. */
  open(fields?: NewConversation): FrontItem
  /** A customer writes again; an archived conversation opens. */
  receive(id: string, fields?: MessageFields): FrontItem
  reply(id: string, fields?: MessageFields): FrontItem
  comment(id: string, body?: string): FrontItem
  mention(id: string, body?: string): FrontItem
  tag(id: string, name: string): FrontItem
  untag(id: string, name: string): FrontItem
  assign(id: string, teammate: string): FrontItem
  unassign(id: string): FrontItem
  archive(id: string): FrontItem
  reopen(id: string): FrontItem
  trash(id: string): FrontItem
  restore(id: string): FrontItem
  /** Archived until a time (epoch milliseconds); webhooks tell of it, `/events` does not. */
  snooze(id: string, until: number): FrontItem
  /** The end of a snooze. */
  remind(id: string): FrontItem
  move(id: string, inbox: string): FrontItem
  /** Of these, webhooks of applications tell nothing. */
  setField(id: string, name: string, value: unknown): FrontItem
  /** The last reply could not be delivered. */
  bounce(id: string): FrontItem
  /** The event is about the survivor; `from` answers 301 from now on. */
  merge(from: string, into: string): FrontItem
  /** Deleted for good: 404 from now on, and nothing tells of it. */
  erase(id: string): void
  /** Bulk status, assignee, tags …: neither a webhook nor an event tells of it, only `updated_at` does. */
  massChange(ids: readonly string[], fields: Partial<FrontItem>): void
  /** All conversations of an inbox at once, told by nothing. Gives their number. */
  massMove(from: string, into: string): number
  /** Conversations of old days with messages, told by nothing. Gives their ids. */
  importHistory(count: number): string[]
}

export interface CompanyOptions {
  readonly world: World
  readonly now: () => number
  /** Sends the event; called when the world has changed already. */
  readonly emit: (event: FrontItem) => void
}

export const SUPPORT_INBOX = 'inb_support'
const DAY = 86_400_000

/** @see https://dev.frontapp.com/reference/events */
export function createCompany({ world, now, emit }: CompanyOptions): Company {
  const inboxOf = (id: string): FrontItem =>
    world.inboxes().find((inbox) => inbox.id === id) ??
    world.putInbox({ id, name: id.slice(4), address: `${id.slice(4)}@example.com`, is_private: false, type: 'smtp' })
  const ensure = (id: string): FrontItem => {
    const conversation = world.conversation(id) ?? world.putConversation({ id })
    if (world.inboxesOf(id).length === 0) world.place(id, [inboxOf(SUPPORT_INBOX).id])
    return conversation
  }
  const happen = (id: string, type: string, change: Partial<FrontItem>, sides: Sides = {}): FrontItem => {
    const at = frontTime(now())
    const conversation = world.putConversation({ ...change, id, updated_at: at })
    const event: FrontItem = {
      id: world.nextId('evt'),
      type,
      emitted_at: at,
      conversation: { id: conversation.id },
      source: sides.source ?? { _meta: { type: 'teammate' }, data: teammateOf('sam') },
      ...(sides.target && { target: sides.target }),
    }
    if (type !== 'snooze') world.addEvent(event)
    emit(event)
    return event
  }
  const fromInbox = (id: string): Json => ({ _meta: { type: 'inboxes' }, data: world.inboxesOf(id) })
  const open = (conversation: FrontItem): Partial<FrontItem> => ({
    status: conversation.assignee ? 'assigned' : 'unassigned',
    scheduled_reminders: [],
  })
  const handleOf = (conversation: FrontItem): Json =>
    isItemLike(conversation.recipient) ? { handle: conversation.recipient.handle } : {}
  const write = (id: string, type: string, fields: MessageFields): FrontItem => {
    const conversation = ensure(id)
    const message = world.addMessage(id, {
      created_at: frontTime(now()),
      subject: conversation.subject,
      ...handleOf(conversation),
      ...fields,
      is_inbound: type === 'inbound',
    })
    return happen(id, type, open(conversation), {
      source: type === 'inbound' ? fromInbox(id) : { _meta: { type: 'teammate' }, data: teammateOf('sam') },
      target: { _meta: { type: 'message' }, data: message },
    })
  }
  const note = (id: string, type: string, body: string): FrontItem => {
    ensure(id)
    const comment = world.addComment(id, { body, author: teammateOf('sam'), posted_at: frontTime(now()) })
    return happen(id, type, {}, { target: { _meta: { type: 'comment' }, data: comment } })
  }
  const retag = (id: string, type: 'tag' | 'untag', name: string): FrontItem => {
    const tag = { id: `tag_${name}`, name, highlight: null, is_private: false }
    const others = tagsOf(ensure(id)).filter((known) => known.id !== tag.id)
    return happen(
      id,
      type,
      { tags: type === 'tag' ? [...others, tag] : others },
      { target: { _meta: { type: 'tag' }, data: tag } },
    )
  }
  const become = (id: string, type: string, change: (conversation: FrontItem) => Partial<FrontItem>): FrontItem =>
    happen(id, type, change(ensure(id)))
  const silently = (id: string, fields: Partial<FrontItem>): void =>
    void world.putConversation({ ...fields, id, updated_at: frontTime(now()) })

  return {
    open: ({
      inbox = SUPPORT_INBOX,
      handle = 'customer@example.com',
      text,
      id = world.nextId('cnv'),
      ...fields
    } = {}) => {
      const recipient = { name: null, handle, role: 'from' }
      world.putConversation({ subject: `Question ${id.slice(4)}`, recipient, ...fields, id })
      world.place(id, [inboxOf(inbox).id])
      return write(id, 'inbound', text === undefined ? {} : { text })
    },
    receive: (id, fields = {}) => write(id, 'inbound', fields),
    reply: (id, fields = {}) => write(id, 'out_reply', fields),
    comment: (id, body = 'Noted.') => note(id, 'comment', body),
    mention: (id, body = '@alex Could you have a look?') => note(id, 'mention', body),
    tag: (id, name) => retag(id, 'tag', name),
    untag: (id, name) => retag(id, 'untag', name),
    assign: (id, name) => {
      ensure(id)
      const teammate = teammateOf(name)
      return happen(
        id,
        'assign',
        { assignee: teammate, status: 'assigned' },
        { target: { _meta: { type: 'teammate' }, data: teammate } },
      )
    },
    unassign: (id) => become(id, 'unassign', () => ({ assignee: null, status: 'unassigned' })),
    archive: (id) => become(id, 'archive', () => ({ status: 'archived' })),
    reopen: (id) => become(id, 'reopen', open),
    trash: (id) => become(id, 'trash', () => ({ status: 'deleted' })),
    restore: (id) => become(id, 'restore', open),
    snooze: (id, until) =>
      become(id, 'snooze', () => ({
        status: 'archived',
        scheduled_reminders: [{ created_at: frontTime(now()), scheduled_at: frontTime(until), updated_at: null }],
      })),
    remind: (id) => {
      const conversation = ensure(id)
      return happen(id, 'reminder', open(conversation), { source: { _meta: { type: 'reminder' } } })
    },
    move: (id, inbox) => {
      ensure(id)
      const into = inboxOf(inbox)
      world.place(id, [into.id])
      return happen(id, 'move', {}, { target: { _meta: { type: 'inboxes' }, data: [into] } })
    },
    setField: (id, name, value) => {
      const fields = ensure(id).custom_fields as Json
      return happen(
        id,
        'custom_field_updated',
        { custom_fields: { ...fields, [name]: value } },
        { target: { _meta: { type: 'custom_field' }, data: { id: `cf_${name}`, name, value } } },
      )
    },
    bounce: (id) => {
      ensure(id)
      const last = world.messages(id).find((message) => message.is_inbound === false)
      if (!last) throw new Error(`${id} has no reply that could fail`)
      const failed = world.addMessage(id, { ...last, error_type: 'unknown_recipient' })
      return happen(id, 'sending_error', {}, { target: { _meta: { type: 'message' }, data: failed } })
    },
    merge: (from, into) => {
      ensure(from)
      ensure(into)
      world.merge(from, into)
      return happen(
        into,
        'conversations_merged',
        {},
        { target: { _meta: { type: 'deleted_conversation_ids' }, data: [from] } },
      )
    },
    erase: (id) => world.remove(id),
    massChange: (ids, fields) => {
      for (const id of ids) silently(ensure(id).id, fields)
    },
    massMove: (from, into) => {
      const target = inboxOf(into).id
      const moved = world.conversationIds().filter((id) => world.inboxesOf(id).some((inbox) => inbox.id === from))
      for (const id of moved) {
        world.place(id, [target])
        silently(id, {})
      }
      return moved.length
    },
    importHistory: (count) =>
      Array.from({ length: count }, (_, index) => {
        const id = world.nextId('cnv')
        const created_at = frontTime(now() - (count - index + 1) * DAY)
        ensure(id)
        world.addMessage(id, { created_at, text: `Imported ${index}`, subject: `Imported ${index}` })
        silently(id, { subject: `Imported ${index}`, status: 'archived', created_at })
        return id
      }),
  }
}

interface Sides {
  readonly source?: Json
  readonly target?: Json
}

/** A teammate made up from a name. */
export function teammateOf(name: string): FrontItem {
  return {
    id: `tea_${name}`,
    email: `${name}@example.com`,
    username: name,
    first_name: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
    last_name: 'Porter',
    is_admin: false,
    is_available: true,
  }
}

function tagsOf(conversation: FrontItem): FrontItem[] {
  return Array.isArray(conversation.tags) ? conversation.tags.filter(isItem) : []
}

function isItemLike(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && 'handle' in value
}
