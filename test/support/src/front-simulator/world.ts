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
  /** Every call about `from` answers 301 to `into` from now on. */
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
  /** Newest first. */
  events(): FrontItem[]
  message(id: string): FrontItem | undefined
  event(id: string): FrontItem | undefined
  survivorOf(id: string): string | undefined
  isForbidden(id: string): boolean
  conversationIds(): string[]
  reset(): void
}

export interface WorldOptions {
  readonly autoCreate: boolean
  readonly now: () => number
}

type Shelf = Map<string, FrontItem>

export function createWorld(options: WorldOptions): World {
  const conversations: Shelf = new Map()
  const messages = new Map<string, Shelf>()
  const comments = new Map<string, Shelf>()
  const events: Shelf = new Map()
  const merged = new Map<string, string>()
  const removed = new Set<string>()
  const forbidden = new Set<string>()
  let made = 0
  const nextId = (prefix: string): string => `${prefix}_sim${(++made).toString(36)}`
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
    addEvent: (event) => void events.set(event.id, event),
    merge: (from, into) => void merged.set(from, into),
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
    events: () => newestFirst(events),
    message: (id) => find(messages, id),
    event: (id) => events.get(id),
    survivorOf: (id) => merged.get(id),
    isForbidden: (id) => forbidden.has(id),
    conversationIds: () => [...conversations.keys()],
    reset: () => {
      for (const part of [conversations, messages, comments, events, merged, removed, forbidden]) part.clear()
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
