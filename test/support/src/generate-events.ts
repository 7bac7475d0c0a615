import { createRandom, type Random } from './random.ts'

export interface GenerateOptions {
  /** Different events. Their repeats come on top. */
  readonly count: number
  readonly conversations: number
  /** Repeats as a part of `count`, 0 to 1: each is an earlier event's body, sent again somewhat later. */
  readonly duplicateRatio: number
  /** The same seed gives the same events, ids included: take a new one for each run on the same topics. */
  readonly seed: number
  /** Time of the first event, epoch milliseconds; one event a millisecond follows. Default now. */
  readonly startAt?: number
  /** Each conversation is with a customer of its own. Default: all are with one. */
  readonly hasOwnCustomers?: boolean
}

/** A Front application webhook, to be signed with scheme `app`. */
export interface GeneratedEvent {
  readonly eventId: string
  readonly conversationId: string
  /** Canonical type. */
  readonly type: string
  readonly body: Buffer
  readonly isDuplicate: boolean
}

export interface GeneratedTraffic {
  /** In the order in which they are to be sent; within a conversation one after the other. */
  readonly events: readonly GeneratedEvent[]
  /** Event ids of each conversation, each once, in the order in which they must come out. */
  readonly expected: ReadonlyMap<string, readonly string[]>
}

const kinds = [
  { app: 'inbound_received', api: 'inbound', type: 'message.received' },
  { app: 'outbound_sent', api: 'outbound', type: 'message.sent' },
  { app: 'new_comment_added', api: 'comment', type: 'comment.added' },
  { app: 'tag_added', api: 'tag', type: 'conversation.tagged' },
  { app: 'conversation_archived', api: 'archive', type: 'conversation.archived' },
  { app: 'conversation_reopened', api: 'reopen', type: 'conversation.unarchived' },
] as const

type Kind = (typeof kinds)[number]

/** A repeat comes at most so many events after its first. */
const MAX_LAG = 500

/** Small Front webhooks of many conversations with repeats, the same for the same seed. */
export function generateEvents(options: GenerateOptions): GeneratedTraffic {
  const random = createRandom(options.seed)
  const startAt = options.startAt ?? Date.now()
  const originals = Array.from({ length: options.count }, (_, index) =>
    makeEvent(index, startAt + index, options, random),
  )
  const expected = new Map<string, string[]>()
  for (const { conversationId, eventId } of originals) {
    const ids = expected.get(conversationId) ?? []
    expected.set(conversationId, ids)
    ids.push(eventId)
  }
  return { events: withRepeats(originals, Math.round(options.count * options.duplicateRatio), random), expected }
}

function makeEvent(index: number, at: number, options: GenerateOptions, random: Random): GeneratedEvent {
  const run = (options.seed >>> 0).toString(36)
  const number = Math.floor(random() * options.conversations)
  const conversationId = `cnv_${run}c${number.toString(36)}`
  const eventId = `evt_${run}e${index.toString(36)}`
  const kind = kinds[Math.floor(random() * kinds.length)] ?? kinds[0]
  const customer = `customer${options.hasOwnCustomers ? `-${conversationId.slice(4)}` : ''}@example.com`
  const parts = { kind, eventId, conversationId, customer, index, seconds: at / 1000, run }
  const body = Buffer.from(JSON.stringify(webhook(parts)))
  return { eventId, conversationId, type: kind.type, body, isDuplicate: false }
}

function withRepeats(originals: readonly GeneratedEvent[], count: number, random: Random): GeneratedEvent[] {
  const repeatsAfter = new Map<number, GeneratedEvent[]>()
  for (let made = 0; made < count && originals.length > 0; made++) {
    const of = Math.floor(random() * originals.length)
    const original = originals[of]
    const after = Math.min(originals.length - 1, of + Math.floor(random() * MAX_LAG))
    if (original) repeatsAfter.set(after, [...(repeatsAfter.get(after) ?? []), { ...original, isDuplicate: true }])
  }
  return originals.flatMap((event, index) => [event, ...(repeatsAfter.get(index) ?? [])])
}

interface Parts {
  readonly kind: Kind
  readonly eventId: string
  readonly conversationId: string
  /** Address. */
  readonly customer: string
  readonly index: number
  readonly seconds: number
  readonly run: string
}

const teammate = { id: 'tea_1', email: 'sam@example.com', username: 'sam', first_name: 'Sam', last_name: 'Porter' }
const HOST = 'https://api2.frontapp.com'

function webhook(parts: Parts): object {
  const { kind, eventId, conversationId, customer, seconds } = parts
  const conversation = {
    _links: { self: `${HOST}/conversations/${conversationId}` },
    id: conversationId,
    subject: `Order ${conversationId.slice(4)}`,
    status: kind.api === 'archive' ? 'archived' : 'unassigned',
    assignee: null,
    recipient: { handle: customer, role: 'from' },
    tags: [],
    created_at: seconds,
  }
  const source = { _meta: { type: 'teammate' }, data: teammate }
  const payload = {
    _links: { self: `${HOST}/events/${eventId}` },
    id: eventId,
    type: kind.api,
    emitted_at: seconds,
    conversation,
    source,
    ...target(parts),
  }
  return { type: kind.app, authorization: { id: 'cmp_load' }, payload }
}

function target({ kind, customer, index, seconds, run }: Parts): object {
  if (kind.api === 'archive' || kind.api === 'reopen') return {}
  if (kind.api === 'tag') return { target: { _meta: { type: 'tag' }, data: { id: 'tag_1', name: 'Urgent' } } }
  if (kind.api === 'comment') {
    const comment = {
      id: `com_${run}d${index.toString(36)}`,
      author: teammate,
      body: `Note ${index}`,
      posted_at: seconds,
    }
    return { target: { _meta: { type: 'comment' }, data: comment } }
  }
  const isInbound = kind.api === 'inbound'
  const text = `Message ${index}`
  const recipients = [
    { handle: isInbound ? customer : 'support@example.com', role: 'from' },
    { handle: isInbound ? 'support@example.com' : customer, role: 'to' },
  ]
  const author = isInbound ? null : teammate
  const message = {
    id: `msg_${run}m${index.toString(36)}`,
    type: 'email',
    is_inbound: isInbound,
    created_at: seconds,
    blurb: text,
    body: `<p>${text}</p>`,
    text,
    author,
    recipients,
    attachments: [],
  }
  return { target: { _meta: { type: 'message' }, data: message } }
}
