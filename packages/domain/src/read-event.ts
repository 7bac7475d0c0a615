import type { WebhookEvent } from '@millrace/schemas'
import { canonicalType } from './event-types.ts'
import { type FrontBody, readFrontBody } from './front-body.ts'
import { frontInboxIds } from './front-inboxes.ts'
import { type FrontMessage, frontMessage } from './front-message.ts'
import { asId, asObject, asText, at, type JsonObject, objectsIn } from './json.ts'
import { parseJson } from './parse-json.ts'

/** The types of the message contract: what an endpoint gets that names no types. */
export const messageTypes: readonly string[] = [
  'message.received',
  'message.sent',
  'message.processed',
  'message.failed',
]

export type MessageChannel = 'API' | 'WHATSAPP' | 'SMS'
export const messageChannels: readonly MessageChannel[] = ['API', 'WHATSAPP', 'SMS']

/** What payloads and filters are made from. */
export type OutboundSource = Pick<
  WebhookEvent,
  | 'event_id'
  | 'tenant'
  | 'provider'
  | 'type'
  | 'occurred_at'
  | 'conversation_id'
  | 'contact_id'
  | 'client_id'
  | 'payload'
>

/** What filters ask of an event. Undefined: it does not tell, so that it has to be asked of the provider. */
export interface EventFacts {
  /** Null: it is about no message. */
  readonly channel: MessageChannel | null | undefined
  readonly inboxes: readonly string[] | undefined
  /** Ids and names, in lower case. */
  readonly tags: readonly string[] | undefined
  /** The conversation's custom field `usecase`, or the rest of its tag `usecase:...`, in lower case. Null: it has none. */
  readonly usecase: string | null | undefined
  /** False while the message itself is missing: what would be sent is not known yet. */
  readonly isWhole: boolean
}

/** An event whose JSON has been read once, for all the endpoints that may want it. */
export interface ReadEvent {
  readonly event: OutboundSource
  readonly json: unknown
  readonly body: FrontBody
  readonly message: FrontMessage
  readonly facts: EventFacts
}

const emptyBody: FrontBody = { shape: 'event', word: '', canonical: canonicalType('front', ''), event: {} }

/** Front's kinds of message that the contract has a channel for; every other kind is `API`, with `metadata.front_type`. */
const channelByKind: ReadonlyMap<string, MessageChannel> = new Map([
  ['sms', 'SMS'],
  ['whatsapp', 'WHATSAPP'],
  ['yalo_wha', 'WHATSAPP'],
])

/** The contract's channel of a message. */
export function channelOf(message: Pick<FrontMessage, 'kind'>): MessageChannel {
  return channelByKind.get(message.kind ?? '') ?? 'API'
}

/** Reads an event. Never throws: what is no JSON, or not of the provider's form, has the facts that its fields give. */
export function readEvent(event: OutboundSource): ReadEvent {
  const parsed = parseJson(event.payload)
  const json = parsed.ok ? parsed.value : null
  const body = readFrontBody(json) ?? emptyBody
  const message = frontMessage(body)
  const isMessage = messageTypes.includes(event.type)
  const facts = event.provider === 'front' ? frontFacts(json, body, message, isMessage) : otherFacts(json, isMessage)
  return { event, json, body, message, facts }
}

function otherFacts(json: unknown, isMessage: boolean): EventFacts {
  const usecase = asText(at(json, 'usecase'))?.toLowerCase() ?? null
  return { channel: isMessage ? 'API' : null, inboxes: [], tags: [], usecase, isWhole: true }
}

function frontFacts(json: unknown, body: FrontBody, message: FrontMessage, isMessage: boolean): EventFacts {
  const conversation = conversationOf(body)
  const inboxes = frontInboxIds(json)
  const tags = tagsOf(conversation)
  const isWhole = !isMessage || !message.isPreview
  return {
    channel: !isMessage ? null : message.kind === null && !isWhole ? undefined : channelOf(message),
    inboxes: inboxes.length > 0 || Array.isArray(at(body.event, 'inboxes')) ? inboxes : undefined,
    tags,
    usecase: usecaseOf(conversation, tags),
    isWhole,
  }
}

/** In the simple form the object itself may be the conversation. */
function conversationOf(body: FrontBody): JsonObject | null {
  const isConversation = body.shape === 'simple' && asId(at(body.event, 'id'))?.startsWith('cnv_') === true
  return isConversation ? body.event : asObject(at(body.event, 'conversation'))
}

function tagsOf(conversation: JsonObject | null): readonly string[] | undefined {
  if (!Array.isArray(at(conversation, 'tags'))) return undefined
  return objectsIn(at(conversation, 'tags')).flatMap((tag) =>
    [asId(at(tag, 'id')), asText(at(tag, 'name'))].flatMap((word) => (word === null ? [] : [word.toLowerCase()])),
  )
}

const usecaseTag = /^usecase\s*[:/=]\s*(\S.*)$/

function usecaseOf(conversation: JsonObject | null, tags: readonly string[] | undefined): string | null | undefined {
  const fields = asObject(at(conversation, 'custom_fields'))
  const named = Object.entries(fields ?? {}).find(([name]) => /^use[ _-]?case$/i.test(name))
  const byField = asText(named?.[1])?.toLowerCase()
  const byTag = tags?.map((tag) => usecaseTag.exec(tag)?.[1]).find((found) => found !== undefined)
  const found = byField ?? byTag
  return found ?? (tags === undefined && fields === null ? undefined : null)
}
