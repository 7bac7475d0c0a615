import { createEventList } from './event-list.ts'
import { type FrontItem, frontTime, type Json, timeOf } from './item.ts'
import { type MessageFields, newConversation, newMessage, synthesise } from './synthesise.ts'

/** What the company has in Front, as the simulator knows it. */
export interface World {
  /** Adds a conversation, or changes the given fields of a known one; its `updated_at` becomes now unless given. */
  putConversation(fields: FrontItem): FrontItem
  /** Adds a message (or replaces the one of that id) to a conversation, which is made when missing. */
  addMessage(conversationId: string, fields?: MessageFields): FrontItem
  addComment(conversationId: string, fields?: Partial<FrontItem>): FrontItem
  /** Lists an event; a known id is replaced. */
  addEvent(event: FrontItem): void
  /** Events added from now on are shown by lists only so many milliseconds later. */
  listLate(ms: number): void
  /** Every call about `from` answers 301 to `into` from now on, which gets its messages, comments and events. */
  merge(from: string, into: string): void
  /** Calls about this id answer 404, also when conversations are made up for unknown ids. */
  remove(id: string): void
  /** Calls about this id answer 403. */
  forbid(id: string): void
  /** A conversation by id; made up when unknown and `autoCreate` is on. */
  conversation(id: string): FrontItem | undefined
  /** Newest first. */
  messages(conversationId: string): FrontItem[]
  comments(conversationId: string): FrontItem[]
  /** Newest first; of one conversation where one is named. */
  events(conversationId?: string): FrontItem[]
  putInbox(inbox: FrontItem): FrontItem
  inboxes(): FrontItem[]
  /** Puts a conversation into these inboxes and no other. */
  place(conversationId: string, inboxIds: readonly string[]): void
  inboxesOf(conversationId: string): FrontItem[]
  message(id: string): FrontItem | undefined
  event(id: string): FrontItem | undefined
  survivorOf(id: string): string | undefined
  /** Forbidden by a test, or in private inboxes only, which a company's token may not read. */
  isForbidden(id: string): boolean
  isRemoved(id: string): boolean
  /** An id that this world never gave; in the order in which they were made. */
  nextId(prefix: string): string
  conversationIds(): string[]
  /** Those that were merged into others. */
  mergedIds(): string[]
  reset(): void
}

export interface WorldOptions {
  readonly autoCreate: boolean
  readonly now: () => number
  /** Part of every id made here, so that two worlds share none. Default `sim`. */
  readonly run?: string
}

type Shelf = Map<string, FrontItem>

export function createWorld(options: WorldOptions): World {
  const conversations: Shelf = new Map()
  const messages = new Map<string, Shelf>()
  const comments = new Map<string, Shelf>()
  const events = createEventList()
  const inboxes: Shelf = new Map()
  const places = new Map<string, readonly string[]>()
  const merged = new Map<string, string>()
  const removed = new Set<string>()
  const forbidden = new Set<string>()
  let made = 0
  let listedAfterMs = 0
  // Of one width: Front's rise with time, and so do these as texts.
  const nextId = (prefix: string): string =>
    `${prefix}_${options.run ?? 'sim'}${(++made).toString(36).padStart(6, '0')}`
  const nowSeconds = (): number => frontTime(options.now())

  const shelfOf = (shelves: Map<string, Shelf>, id: string): Shelf => {
    const shelf = shelves.get(id) ?? new Map()
    shelves.set(id, shelf)
    return shelf
  }
  const putConversation = (fields: FrontItem): FrontItem => {
    const known = conversations.get(fields.id) ?? newConversation({ id: fields.id }, options.now())
    const conversation = { ...known, updated_at: nowSeconds(), ...fields }
    conversations.set(fields.id, conversation)
    return conversation
  }
  const ensure = (id: string): void => {
    if (!conversations.has(id)) putConversation({ id })
  }
  const makeUp = (id: string): FrontItem => {
    const made = synthesise(id, options.now())
    for (const message of made.messages) shelfOf(messages, id).set(message.id, message)
    return putConversation(made.conversation)
  }
  const inboxesOf = (id: string): FrontItem[] => (places.get(id) ?? []).flatMap((inbox) => inboxes.get(inbox) ?? [])
  const isPrivate = (id: string): boolean => {
    const holding = inboxesOf(id)
    return holding.length > 0 && holding.every((inbox) => inbox.is_private === true)
  }

  return {
    putConversation,
    addMessage: (conversationId, fields = {}) => {
      ensure(conversationId)
      const message = newMessage({ created_at: nowSeconds(), ...fields, id: fields.id ?? nextId('msg') })
      shelfOf(messages, conversationId).set(message.id, message)
      putConversation({ id: conversationId })
      return message
    },
    addComment: (conversationId, fields = {}) => {
      ensure(conversationId)
      const comment: FrontItem = {
        author: null,
        body: 'Noted.',
        posted_at: nowSeconds(),
        attachments: [],
        is_pinned: false,
        ...fields,
        id: fields.id ?? nextId('com'),
      }
      shelfOf(comments, conversationId).set(comment.id, comment)
      putConversation({ id: conversationId })
      return comment
    },
    addEvent: (event) => events.add(event, listedAfterMs > 0 ? options.now() + listedAfterMs : 0),
    listLate: (ms) => {
      listedAfterMs = ms
    },
    merge: (from, into) => {
      merged.set(from, into)
      for (const shelves of [messages, comments]) {
        for (const item of shelves.get(from)?.values() ?? []) shelfOf(shelves, into).set(item.id, item)
        shelves.delete(from)
      }
      events.rehome(from, into)
      conversations.delete(from)
    },
    remove: (id) => {
      removed.add(id)
      conversations.delete(id)
    },
    forbid: (id) => void forbidden.add(id),
    conversation: (id) => {
      const known = conversations.get(id)
      return known || removed.has(id) || !options.autoCreate ? known : makeUp(id)
    },
    messages: (id) => newestFirst(messages.get(id)),
    comments: (id) => newestFirst(comments.get(id)),
    events: (conversationId) => events.newestFirst(options.now(), conversationId),
    putInbox: (inbox) => {
      inboxes.set(inbox.id, inbox)
      return inbox
    },
    inboxes: () => [...inboxes.values()],
    place: (id, inboxIds) => void places.set(id, inboxIds),
    inboxesOf,
    message: (id) => find(messages, id),
    event: (id) => events.get(id),
    survivorOf: (id) => merged.get(id),
    isForbidden: (id) => forbidden.has(id) || isPrivate(id),
    isRemoved: (id) => removed.has(id),
    nextId,
    conversationIds: () => [...conversations.keys()],
    mergedIds: () => [...merged.keys()],
    reset: () => {
      for (const part of [conversations, messages, comments, events, merged, removed, forbidden, inboxes, places])
        part.clear()
      listedAfterMs = 0
    },
  }
}

function newestFirst(shelf: Shelf | undefined): FrontItem[] {
  return [...(shelf?.values() ?? [])].sort(byTimeDown)
}

function byTimeDown(a: Json & { id: string }, b: Json & { id: string }): number {
  return timeOf(b) - timeOf(a) || (a.id < b.id ? 1 : -1)
}

function find(shelves: Map<string, Shelf>, id: string): FrontItem | undefined {
  for (const shelf of shelves.values()) {
    const item = shelf.get(id)
    if (item) return item
  }
  return undefined
}
