import type { ConversationSnapshot, SnapshotMessage } from '@millrace/schemas'
import { readFrontBody } from './front-body.ts'
import { frontInboxIds } from './front-inboxes.ts'
import type { FrontMessage } from './front-message.ts'
import { asId, asObject, asText, at, type JsonObject, objectsIn } from './json.ts'
import { parseJson } from './parse-json.ts'
import type { ReadEvent } from './read-event.ts'

/** What was read of the provider's API for an event that lacks it; each as the API gave it. */
export interface ReadParts {
  readonly message?: JsonObject
  readonly conversation?: JsonObject
  readonly inboxes?: readonly JsonObject[]
}

/** A Front event with what was read put where a full event carries it, so that it is read like one. Bytes that are no Front event come back as they were. */
export function completeFrontEvent(payload: Buffer, parts: ReadParts): Buffer {
  const parsed = parseJson(payload)
  const body = parsed.ok ? readFrontBody(parsed.value) : null
  if (!parsed.ok || body === null) return payload
  const event = completed(body.event, parts)
  return Buffer.from(
    JSON.stringify(body.event === parsed.value ? event : { ...asObject(parsed.value), payload: event }),
  )
}

function completed(event: JsonObject, { message, conversation, inboxes }: ReadParts): JsonObject {
  const whole =
    conversation === undefined ? at(event, 'conversation') : { ...asObject(at(event, 'conversation')), ...conversation }
  return {
    ...event,
    ...(whole === undefined ? {} : { conversation: whole }),
    ...(message === undefined ? {} : { target: { _meta: { type: 'message' }, data: message } }),
    ...(inboxes === undefined ? {} : { inboxes }),
  }
}

/** One message that a snapshot reflects for the first time. */
export interface ProcessedMessage {
  readonly event_id: string
  readonly message_id: string
  readonly source_type: string | null
  /** What its event told of it; null where that was a preview. */
  readonly told?: ToldMessage | null | undefined
}

/** What an event told of its message and the conversation, in Front's form, as far as payloads and filters read it. */
export interface ToldMessage {
  readonly message: JsonObject
  readonly conversation: JsonObject
  readonly inboxes?: readonly JsonObject[]
}

/** What is to be kept of a message event so that its PROCESSED says the same as its RECEIVED; null for a preview, which tells nothing. */
export function toldMessage({ event, json, body, message, facts }: ReadEvent): ToldMessage | null {
  if (message.isPreview) return null
  const conversation = asObject(at(body.event, 'conversation'))
  const tags = at(conversation, 'tags')
  return {
    message: toldForm(message, event),
    conversation: {
      ...(Array.isArray(tags)
        ? { tags: objectsIn(tags).map((tag) => ({ id: asId(at(tag, 'id')), name: asText(at(tag, 'name')) })) }
        : {}),
      ...(asObject(at(conversation, 'custom_fields')) === null
        ? {}
        : { custom_fields: at(conversation, 'custom_fields') }),
    },
    ...(facts.inboxes === undefined ? {} : { inboxes: frontInboxIds(json).map((id) => ({ id })) }),
  }
}

/** Direction and time that the message does not tell itself are those of its event, and are written out: PROCESSED has another type and time. */
function toldForm(message: FrontMessage, { type, occurred_at }: ReadEvent['event']): JsonObject {
  return {
    id: message.id,
    type: message.kind,
    is_inbound: message.isInbound ?? type === 'message.received',
    created_at: (message.createdAt ?? occurred_at) / 1_000,
    subject: message.subject,
    text: message.text ?? '',
    author: message.author,
    recipients: message.recipients,
    attachments: message.attachments.map(({ id, filename, contentType, isInline }) => ({
      id,
      filename,
      content_type: contentType,
      metadata: { is_inline: isInline },
    })),
  }
}

/**
 * The event "message processed" in Front's own form, made from the snapshot that first reflects the message, and from what its event told: a snapshot may hold
 * less of it (a cut text, no author, not the message at all). A message that neither has whole is named only, like in a preview: its whole has to be read.
 */
export function processedPayload(
  snapshot: ConversationSnapshot,
  { event_id, message_id, source_type, told }: ProcessedMessage,
): Buffer {
  const held = snapshot.messages.find(({ id, is_truncated }) => id === message_id && !is_truncated)
  const message = told?.message ?? (held === undefined ? undefined : frontForm(held))
  return Buffer.from(
    JSON.stringify({
      type: 'message.processed',
      id: event_id,
      emitted_at: snapshot.as_of / 1_000,
      conversation: {
        id: snapshot.conversation_id,
        subject: snapshot.subject,
        status: snapshot.status,
        // A partial snapshot does not know that there are none.
        ...(snapshot.completeness === 'full'
          ? { tags: snapshot.tags, custom_fields: JSON.parse(snapshot.custom_fields_json) }
          : told?.conversation),
      },
      ...(told?.inboxes === undefined ? {} : { inboxes: told.inboxes }),
      ...(source_type === null ? {} : { source: { _meta: { type: source_type } } }),
      target: { _meta: { type: 'message' }, ...(message === undefined ? { id: message_id } : { data: message }) },
    }),
  )
}

function frontForm({ author, created_at, is_truncated: _, text, ...message }: SnapshotMessage): JsonObject {
  return {
    ...message,
    text: text ?? '',
    author: author === null ? null : { id: author.id, handle: author.handle },
    created_at: created_at / 1_000,
  }
}
