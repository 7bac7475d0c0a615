import { asId, asObject, asText, asTime, at, type JsonObject, objectsIn, parseJson, plainText } from '@millrace/domain'
import type {
  ConversationRefresh,
  ConversationSnapshot,
  SnapshotComment,
  SnapshotMessage,
  SnapshotPerson,
} from '@millrace/schemas'

/** What a read says of a conversation, in the words of the snapshot. */
export type ReadContent = Pick<
  ConversationSnapshot,
  | 'subject'
  | 'status'
  | 'assignee'
  | 'recipient'
  | 'tags'
  | 'custom_fields_json'
  | 'created_at'
  | 'messages'
  | 'comments'
  | 'has_more'
>

/** Characters of one message's or comment's text, and of all texts together: the topic takes 4 MiB, and a character up to 4 bytes. */
const MAX_TEXT = 100_000
const MAX_TEXTS = 600_000
const MAX_LISTED = 500

/** The content of a conversation that was never read, or is gone. */
export const noContent: ReadContent = {
  subject: null,
  status: null,
  assignee: null,
  recipient: null,
  tags: [],
  custom_fields_json: '{}',
  created_at: null,
  messages: [],
  comments: [],
  has_more: false,
}

/** Reads the API's answers leniently: what is missing or of another kind is null, left out or empty. */
export function readContent(refresh: ConversationRefresh): ReadContent {
  const conversation = jsonOf(refresh.conversation)
  const messages = jsonOf(refresh.messages)
  const comments = jsonOf(refresh.comments)
  const listed = fitTexts(
    objectsIn(at(messages, '_results') ?? [])
      .slice(0, MAX_LISTED)
      .map(messageOf),
  )
  return {
    subject: asText(at(conversation, 'subject')),
    status: asText(at(conversation, 'status')),
    assignee: personOf(at(conversation, 'assignee')),
    recipient: personOf(at(conversation, 'recipient')),
    tags: objectsIn(at(conversation, 'tags') ?? []).flatMap(tagOf),
    custom_fields_json: JSON.stringify(asObject(at(conversation, 'custom_fields')) ?? {}),
    created_at: asTime(at(conversation, 'created_at')),
    messages: listed,
    comments: objectsIn(at(comments, '_results') ?? [])
      .slice(0, MAX_LISTED)
      .map(commentOf),
    has_more:
      asText(at(messages, '_pagination', 'next')) !== null || asText(at(comments, '_pagination', 'next')) !== null,
  }
}

function jsonOf(bytes: Buffer | null): unknown {
  if (bytes === null) return null
  const parsed = parseJson(bytes)
  return parsed.ok ? parsed.value : null
}

function messageOf(message: JsonObject): SnapshotMessage {
  const text = asText(at(message, 'text')) ?? plainText(asText(at(message, 'body')) ?? '')
  return {
    id: asId(at(message, 'id')) ?? '',
    type: asText(at(message, 'type')) ?? '',
    is_inbound: at(message, 'is_inbound') === true,
    created_at: asTime(at(message, 'created_at')) ?? 0,
    subject: asText(at(message, 'subject')),
    blurb: asText(at(message, 'blurb')),
    text: text === '' ? null : text.slice(0, MAX_TEXT).toWellFormed(),
    is_truncated: text.length > MAX_TEXT,
    author: personOf(at(message, 'author')),
    recipients: objectsIn(at(message, 'recipients') ?? []).flatMap((recipient) => {
      const handle = asText(at(recipient, 'handle'))
      return handle === null
        ? []
        : [{ name: asText(at(recipient, 'name')), handle, role: asText(at(recipient, 'role')) ?? '' }]
    }),
    attachments: objectsIn(at(message, 'attachments') ?? []).map((attachment) => ({
      id: asId(at(attachment, 'id')),
      filename: asText(at(attachment, 'filename')),
      content_type: asText(at(attachment, 'content_type')),
      size: sizeOf(at(attachment, 'size')),
    })),
  }
}

/** Cuts texts once all of them together are too long, newest first, so that the newest stay whole. */
function fitTexts(messages: readonly SnapshotMessage[]): SnapshotMessage[] {
  let left = MAX_TEXTS
  return messages.map((message) => {
    const length = message.text?.length ?? 0
    if (length <= left) {
      left -= length
      return message
    }
    const text = message.text?.slice(0, left).toWellFormed() ?? null
    left = 0
    return { ...message, text: text === '' ? null : text, is_truncated: true }
  })
}

function commentOf(comment: JsonObject): SnapshotComment {
  return {
    id: asId(at(comment, 'id')) ?? '',
    author: personOf(at(comment, 'author')),
    text: (asText(at(comment, 'body')) ?? '').slice(0, MAX_TEXT).toWellFormed(),
    posted_at: asTime(at(comment, 'posted_at')) ?? 0,
  }
}

function personOf(value: unknown): SnapshotPerson | null {
  const person = asObject(value)
  if (person === null) return null
  const names = [asText(at(person, 'first_name')), asText(at(person, 'last_name'))].filter((name) => name !== null)
  return {
    id: asId(at(person, 'id')),
    name: asText(at(person, 'name')) ?? (names.length > 0 ? names.join(' ') : null),
    handle: asText(at(person, 'handle')) ?? asText(at(person, 'email')) ?? asText(at(person, 'username')),
  }
}

function tagOf(tag: JsonObject): { id: string; name: string }[] {
  const id = asId(at(tag, 'id'))
  return id === null ? [] : [{ id, name: asText(at(tag, 'name')) ?? '' }]
}

function sizeOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}
