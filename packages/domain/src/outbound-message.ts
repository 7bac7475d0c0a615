import { frontEventId, readFrontBody } from './front-body.ts'
import type { FrontAttachment, FrontMessage } from './front-message.ts'
import { at } from './json.ts'
import {
  channelOf,
  type MessageChannel,
  messageTypes,
  type OutboundSource,
  type ReadEvent,
  readEvent,
} from './read-event.ts'
import { uuidv5 } from './uuid.ts'

/** Namespace of the UUIDs that stand for provider ids in the message contract; fixed for ever (version 5 of `urn:millrace:message-contract` in the URL namespace). The name is `<tenant>/<provider id>`. */
export const MESSAGE_NAMESPACE = '73f738fe-7389-54ed-9deb-18a0a2586e6d'

export type MessageContentType = 'TEXT' | 'IMAGE' | 'VIDEO' | 'DOCUMENT' | 'AUDIO'
export type MessageType = 'USER_INPUT' | 'SYSTEM' | 'BOT'
export type MessageStatus = 'RECEIVED' | 'PROCESSED' | 'FAILED'

/** Payload of the message contract, version 1; published as `docs/schemas/message.v1.json` (with the provider's ids: `message.provider-ids.v1.json`). Times are ISO 8601 in UTC. */
export interface OutboundMessage {
  /** UUID made of tenant and provider id, or the provider's id; null when the event names no conversation. */
  conversation_id: string | null
  data: {
    id: string
    content: string
    content_type: MessageContentType
    filename?: string
    type: MessageType
    channel: MessageChannel
    status: MessageStatus
    metadata: Record<string, unknown>
    created_by: string
    updated_by: string
    created_at: string
    updated_at: string
  }
  timestamp: string
}

/** Payload of every other event; published as `docs/schemas/event.v1.json`. */
export interface OutboundEvent {
  type: string
  timestamp: string
  /** Ids of the event, and the provider's JSON of it (null when it is no JSON). */
  data: {
    event_id: string
    conversation_id: string | null
    contact_id: string | null
    client_id: string | null
    payload: unknown
  }
}

/** How one endpoint has its payloads. */
export interface OutboundForm {
  /** In the message contract: UUIDs, or the provider's ids in their place. */
  readonly ids: 'uuid' | 'provider'
  /** `event`: messages too as `{type, timestamp, data}`. */
  readonly payload: 'message' | 'event'
  /** Of a conversation config; they stand in `metadata`. */
  readonly workflow_id: string | null
  readonly usecase: string | null
}

const plainForm: OutboundForm = { ids: 'uuid', payload: 'message', workflow_id: null, usecase: null }

const statusByType: ReadonlyMap<string, MessageStatus> = new Map([
  ['message.received', 'RECEIVED'],
  ['message.sent', 'RECEIVED'],
  ['message.processed', 'PROCESSED'],
  ['message.failed', 'FAILED'],
])

const contentTypeByMedia: ReadonlyMap<string, MessageContentType> = new Map([
  ['image', 'IMAGE'],
  ['video', 'VIDEO'],
  ['audio', 'AUDIO'],
])

/** Sources of a Front event that are no person: `source._meta.type` of dev.frontapp.com/reference/events. */
const machineSources = new Set(['rule', 'api', 'oauth_client'])

/** Stands in `created_by` when the event (a preview) tells no author and no recipient. */
const UNKNOWN_AUTHOR = 'unknown'

/**
 * What an endpoint is sent for an event: the message contract for message types, `{type, timestamp, data}` for all others. Pure and deterministic, so
 * every try and every replay has the same bytes. Never throws; a preview gives a message with empty content and `metadata.preview`.
 */
export function outboundMessage(
  event: OutboundSource,
  form: OutboundForm = plainForm,
): OutboundMessage | OutboundEvent {
  return outboundPayload(readEvent(event), form)
}

/** The same for an event that has been read. */
export function outboundPayload(read: ReadEvent, form: OutboundForm): OutboundMessage | OutboundEvent {
  const isMessage = form.payload === 'message' && messageTypes.includes(read.event.type)
  return isMessage ? messageOf(read, form) : eventOf(read)
}

function eventOf({ event, json }: ReadEvent): OutboundEvent {
  const { event_id, conversation_id, contact_id, client_id } = event
  // Without the envelope a reader sees the same object whichever way Front sent the event.
  const payload = event.provider === 'front' ? (readFrontBody(json)?.event ?? json) : json
  return {
    type: event.type,
    timestamp: isoTime(event.occurred_at),
    data: { event_id, conversation_id, contact_id, client_id, payload },
  }
}

function messageOf({ event, json, body, message }: ReadEvent, form: OutboundForm): OutboundMessage {
  const main = message.attachments.find((attachment) => !attachment.isInline)
  const by = authorHandle(message)
  const timestamp = isoTime(event.occurred_at)
  const createdAt = isoTime(message.createdAt ?? event.occurred_at)
  const status = statusByType.get(event.type) ?? 'RECEIVED'
  const idOf = (id: string) => (form.ids === 'provider' ? id : contractId(event.tenant, id))
  return {
    conversation_id: event.conversation_id === null ? null : idOf(event.conversation_id),
    data: {
      id: idOf(message.id ?? event.event_id),
      content: message.text ?? '',
      content_type: contentTypeOf(main),
      ...(main?.filename ? { filename: main.filename } : {}),
      type: messageTypeOf(event.type, message, body.event),
      channel: channelOf(message),
      status,
      metadata: { ...metadataOf(event, message, frontEventId(body, json)), ...labelsOf(form) },
      created_by: by,
      updated_by: by,
      created_at: createdAt,
      updated_at: status === 'RECEIVED' ? createdAt : timestamp,
    },
    timestamp,
  }
}

function labelsOf({ workflow_id, usecase }: OutboundForm): Record<string, string> {
  return { ...(workflow_id === null ? {} : { workflow_id }), ...(usecase === null ? {} : { usecase }) }
}

/** The contract's UUID for a provider's id. */
export function contractId(tenant: string, providerId: string): string {
  return uuidv5(MESSAGE_NAMESPACE, `${tenant}/${providerId}`)
}

function contentTypeOf(attachment: FrontAttachment | undefined): MessageContentType {
  if (attachment === undefined) return 'TEXT'
  const media = attachment.contentType?.split('/', 1)[0]?.toLowerCase() ?? ''
  return contentTypeByMedia.get(media) ?? 'DOCUMENT'
}

/** Inbound is the customer; a rule, an API client or no author at all is a bot; everyone else is a teammate. */
function messageTypeOf(type: string, message: FrontMessage, event: unknown): MessageType {
  if (message.isInbound ?? type === 'message.received') return 'USER_INPUT'
  const source = at(event, 'source', '_meta', 'type')
  const isMachine = typeof source === 'string' && machineSources.has(source)
  return isMachine || message.author === null ? 'BOT' : 'SYSTEM'
}

/** The author's handle; without an author that of the sender among the recipients, the address for answers first. */
function authorHandle(message: FrontMessage): string {
  const byRole = (role: string) => message.recipients.find((recipient) => recipient.role === role)?.handle
  const author = message.author?.handle ?? message.author?.id
  return author ?? byRole('reply-to') ?? byRole('from') ?? message.recipients[0]?.handle ?? UNKNOWN_AUTHOR
}

function metadataOf(event: OutboundSource, message: FrontMessage, frontEvent: string | null): Record<string, unknown> {
  return {
    event_id: event.event_id,
    front_conversation_id: event.conversation_id,
    front_message_id: message.id,
    front_event_id: frontEvent,
    front_author_id: message.author?.id ?? null,
    front_type: message.kind,
    subject: message.subject,
    error_type: message.errorType,
    recipients: message.recipients,
    attachments: message.attachments.map(({ id, filename, contentType }) => ({
      id,
      filename,
      content_type: contentType,
    })),
    preview: message.isPreview,
  }
}

function isoTime(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString()
}
