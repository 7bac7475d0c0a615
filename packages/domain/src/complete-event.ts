import type { ConversationSnapshot, SnapshotMessage } from '@millrace/schemas'
import { readFrontBody } from './front-body.ts'
import { asObject, at, type JsonObject } from './json.ts'
import { parseJson } from './parse-json.ts'

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
}

/**
 * The event "message processed" in Front's own form, made from the snapshot that first reflects the message. A message whose text the snapshot cut, or
 * that is too old for it, is named only, like in a preview: its whole has to be read.
 */
export function processedPayload(
  snapshot: ConversationSnapshot,
  { event_id, message_id, source_type }: ProcessedMessage,
): Buffer {
  const message = snapshot.messages.find(({ id }) => id === message_id)
  const isWhole = message !== undefined && !message.is_truncated
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
          : {}),
      },
      ...(source_type === null ? {} : { source: { _meta: { type: source_type } } }),
      target: { _meta: { type: 'message' }, ...(isWhole ? { data: frontForm(message) } : { id: message_id }) },
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
