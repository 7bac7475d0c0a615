import { type FrontBody, targets } from './front-body.ts'
import { asId, asObject, asText, at, type JsonObject, objectsIn } from './json.ts'
import { plainText } from './plain-text.ts'
import { asTime } from './times.ts'

export interface FrontRecipient {
  readonly name: string | null
  readonly handle: string
  readonly role: string
}

export interface FrontAttachment {
  readonly id: string | null
  readonly filename: string | null
  readonly contentType: string | null
  readonly isInline: boolean
}

/** The message that a Front event is about, as far as the event carries it. */
export interface FrontMessage {
  readonly id: string | null
  /** Front's kind: `email`, `sms`, `whatsapp` … */
  readonly kind: string | null
  readonly isInbound: boolean | null
  readonly subject: string | null
  /** Plain text, of a preview Front's short extract; null when the event carries neither. */
  readonly text: string | null
  /** True when the event carries no content of the message. */
  readonly isPreview: boolean
  readonly errorType: string | null
  /** Null: Front says that there is none. Undefined: the event does not say. */
  readonly author: { readonly id: string | null; readonly handle: string | null } | null | undefined
  readonly recipients: readonly FrontRecipient[]
  readonly attachments: readonly FrontAttachment[]
  readonly createdAt: number | null
}

/** Finds the message in `target`, in the object of the simple form, else in `conversation.last_message`. */
export function frontMessage(body: FrontBody): FrontMessage {
  const last = asObject(at(body.event, 'conversation', 'last_message'))
  const named = [...targets(body.event), body.event].find(isMessage)
  // The last message may be a later one than the event's, so it only stands in where nothing names the message, or for the same one in full.
  const isSame = last !== null && at(named, 'id') === at(last, 'id') && !hasContent(named)
  return readMessage((isSame ? last : (named ?? last)) ?? {})
}

function hasContent(message: unknown): boolean {
  return typeof at(message, 'text') === 'string' || typeof at(message, 'body') === 'string'
}

function isMessage(object: JsonObject): boolean {
  return asId(at(object, 'id'))?.startsWith('msg_') === true || asText(at(object, 'body')) !== null
}

function readMessage(message: JsonObject): FrontMessage {
  const isInbound = at(message, 'is_inbound')
  return {
    id: asId(at(message, 'id')),
    kind: asText(at(message, 'type')),
    isInbound: typeof isInbound === 'boolean' ? isInbound : null,
    subject: asText(at(message, 'subject')),
    text: textOf(message),
    isPreview: !hasContent(message),
    errorType: asText(at(message, 'error_type')),
    author: readAuthor(at(message, 'author')),
    recipients: objectsIn(at(message, 'recipients'))
      .map(readRecipient)
      .filter((recipient) => recipient !== null),
    attachments: objectsIn(at(message, 'attachments')).map(readAttachment),
    createdAt: asTime(at(message, 'created_at')),
  }
}

/** `text` exists for e-mail only (Front's message reference); other kinds carry HTML in `body`. */
function textOf(message: JsonObject): string | null {
  const text = at(message, 'text')
  if (typeof text === 'string') return text
  const body = at(message, 'body')
  if (typeof body === 'string') return plainText(body)
  return asText(at(message, 'blurb'))
}

function readAuthor(value: unknown): FrontMessage['author'] {
  if (value === undefined || value === null) return value
  const handle = asText(at(value, 'email')) ?? asText(at(value, 'handle')) ?? asText(at(value, 'username'))
  return { id: asId(at(value, 'id')), handle }
}

function readRecipient(recipient: JsonObject): FrontRecipient | null {
  const handle = asText(at(recipient, 'handle'))
  if (handle === null) return null
  return { name: asText(at(recipient, 'name')), handle, role: asText(at(recipient, 'role')) ?? '' }
}

function readAttachment(attachment: JsonObject): FrontAttachment {
  return {
    id: asId(at(attachment, 'id')),
    filename: asText(at(attachment, 'filename')),
    contentType: asText(at(attachment, 'content_type')),
    isInline: at(attachment, 'metadata', 'is_inline') === true,
  }
}
