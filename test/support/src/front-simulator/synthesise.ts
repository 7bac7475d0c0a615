import { createHash } from 'node:crypto'
import { type FrontItem, frontTime } from './item.ts'

const subjects = [
  'Where is my order?',
  'Invoice shows the wrong address',
  'Cannot sign in',
  'Question about the yearly plan',
  'Feature request: export',
]
const people = [
  'ada@example.com',
  'grace@example.com',
  'edsger@example.com',
  'barbara@example.com',
  'donald@example.com',
]
const texts = [
  'Could you have a look, please?',
  'Thank you, that solved it.',
  'It still happens on my phone.',
  'We looked into it and found the cause.',
]
const HOUR = 3_600_000

/** A conversation with its messages (oldest first), invented from its id alone: the same id gives the same content; times are counted back from `now`. */
export function synthesise(id: string, now: number): { conversation: FrontItem; messages: FrontItem[] } {
  const dice = createHash('sha256').update(id).digest()
  const pick = <T>(list: readonly T[], at: number): T => list[(dice[at] ?? 0) % list.length] as T
  const customer = pick(people, 0)
  const count = 1 + ((dice[1] ?? 0) % 3)
  const startedAt = now - (24 + ((dice[2] ?? 0) % 48)) * HOUR
  const messages = Array.from({ length: count }, (_, index) => ({
    id: `msg_${dice.readUInt32BE(4 + index * 4).toString(36)}${index}`,
    is_inbound: index % 2 === 0,
    created_at: frontTime(startedAt + index * HOUR),
    text: pick(texts, 20 + index),
    handle: customer,
  }))
  const conversation = {
    id,
    subject: pick(subjects, 3),
    status: 'unassigned',
    recipient: { handle: customer, role: 'from' },
    created_at: frontTime(startedAt),
    updated_at: frontTime(now),
  }
  return { conversation, messages: messages.map((message) => newMessage(message)) }
}

/** What a test says of a message; the rest is made up around it. */
export interface MessageFields extends Partial<FrontItem> {
  /** The customer's address, for recipients that are not given. */
  handle?: string
}

const INBOX = 'support@example.com'

/** A message with the fields that Front's messages have. */
export function newMessage(fields: MessageFields & { id: string }): FrontItem {
  const { handle = 'customer@example.com', ...given } = fields
  const isInbound = given.is_inbound !== false
  const text = typeof given.text === 'string' ? given.text : 'Hello'
  return {
    type: 'email',
    is_inbound: isInbound,
    draft_mode: null,
    error_type: null,
    subject: null,
    blurb: text.slice(0, 100),
    body: `<p>${text}</p>`,
    text,
    author: isInbound
      ? null
      : { id: 'tea_1', email: INBOX, username: 'support', first_name: 'Sam', last_name: 'Porter' },
    recipients: [
      { handle: isInbound ? handle : INBOX, role: 'from' },
      { handle: isInbound ? INBOX : handle, role: 'to' },
    ],
    attachments: [],
    metadata: {},
    ...given,
  }
}

/** A conversation with the fields that Front's conversations have. */
export function newConversation(fields: FrontItem, now: number): FrontItem {
  return {
    type: 'conversation',
    subject: '',
    status: 'unassigned',
    assignee: null,
    recipient: null,
    tags: [],
    links: [],
    custom_fields: {},
    created_at: frontTime(now),
    updated_at: frontTime(now),
    is_private: false,
    scheduled_reminders: [],
    metadata: {},
    ...fields,
  }
}
