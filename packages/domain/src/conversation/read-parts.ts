import type { SnapshotComment, SnapshotMessage, SnapshotPerson } from '@millrace/schemas'
import { asId, asObject, asText, at, type JsonObject, objectsIn } from '../json.ts'
import { plainText } from '../plain-text.ts'
import { asTime } from '../times.ts'
import { compareTexts } from './order.ts'

/** Characters of one message's or comment's text. */
export const MAX_TEXT = 100_000
/** Tags, recipients or attachments of one object; what is more is left out. */
const MAX_LISTED = 500

/** The fields of a conversation, as one object of Front tells all of them. */
export interface ConversationFields {
  readonly subject: string | null
  readonly status: string | null
  readonly assignee: SnapshotPerson | null
  readonly recipient: SnapshotPerson | null
  readonly tags: readonly { readonly id: string; readonly name: string }[]
  readonly custom_fields_json: string
  readonly created_at: number | null
}

/** Reads a conversation leniently: what is missing or of another kind is null or empty. */
export function fieldsOf(conversation: unknown): ConversationFields {
  return {
    subject: asText(at(conversation, 'subject')),
    status: asText(at(conversation, 'status')),
    assignee: personOf(at(conversation, 'assignee')),
    recipient: personOf(at(conversation, 'recipient')),
    tags: tagsOf(at(conversation, 'tags')),
    custom_fields_json: JSON.stringify(asObject(at(conversation, 'custom_fields')) ?? {}),
    created_at: asTime(at(conversation, 'created_at')),
  }
}

/** In order of their ids: Front's own order is not said to mean anything, and differs between calls. */
function tagsOf(value: unknown): { id: string; name: string }[] {
  const tags = objectsIn(value ?? [])
    .slice(0, MAX_LISTED)
    .flatMap((tag) => {
      const id = asId(at(tag, 'id'))
      return id === null ? [] : [{ id, name: asText(at(tag, 'name')) ?? '' }]
    })
  return tags.sort((a, b) => compareTexts(a.id, b.id))
}

export function messageOf(message: JsonObject): SnapshotMessage {
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
    recipients: objectsIn(at(message, 'recipients') ?? [])
      .slice(0, MAX_LISTED)
      .flatMap((recipient) => {
        const handle = asText(at(recipient, 'handle'))
        return handle === null
          ? []
          : [{ name: asText(at(recipient, 'name')), handle, role: asText(at(recipient, 'role')) ?? '' }]
      }),
    attachments: objectsIn(at(message, 'attachments') ?? [])
      .slice(0, MAX_LISTED)
      .map((attachment) => ({
        id: asId(at(attachment, 'id')),
        filename: asText(at(attachment, 'filename')),
        content_type: asText(at(attachment, 'content_type')),
        size: sizeOf(at(attachment, 'size')),
      })),
  }
}

export function commentOf(comment: JsonObject): SnapshotComment {
  return {
    id: asId(at(comment, 'id')) ?? '',
    author: personOf(at(comment, 'author')),
    text: (asText(at(comment, 'body')) ?? '').slice(0, MAX_TEXT).toWellFormed(),
    posted_at: asTime(at(comment, 'posted_at')) ?? 0,
  }
}

export function personOf(value: unknown): SnapshotPerson | null {
  const person = asObject(value)
  if (person === null) return null
  const names = [asText(at(person, 'first_name')), asText(at(person, 'last_name'))].filter((name) => name !== null)
  return {
    id: asId(at(person, 'id')),
    name: asText(at(person, 'name')) ?? (names.length > 0 ? names.join(' ') : null),
    handle: asText(at(person, 'handle')) ?? asText(at(person, 'email')) ?? asText(at(person, 'username')),
  }
}

function sizeOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}
