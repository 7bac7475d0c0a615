import type { ReceivedWebhook, WebhookEvent } from '@millrace/schemas'
import { describePayload, OWN_PROVIDER } from './describe-payload.ts'
import { DomainError } from './errors.ts'
import { recordKey } from './event-id.ts'
import { asObject, at } from './json.ts'
import { parseJson } from './parse-json.ts'
import { receivedHeaders } from './received-headers.ts'
import { uuidv5 } from './uuid.ts'

/** The name of the source that such events have. */
const SOURCE = 'handlers'
/** Namespace of their ids; fixed for ever, since dedup drops repeats by them. */
const EMITTED_NAMESPACE = '0b7f4f0e-6c1d-4a3a-9f0e-2f7d5a1c8e64'
/** An event that was caused by so many emitted ones, one after the other, causes no more: handlers that answer each other would never end. */
const MAX_DEPTH = 8

const word = /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$/

/** What a handler says of an event that it emits. */
export interface Emission {
  /** Dotted words; the event's canonical type is this behind `millrace.`. */
  readonly type: string
  /** JSON. */
  readonly data: unknown
  /** What tells it from others that the same handling emits; the same handling again gives it the same id. */
  readonly key: string
  readonly conversationId: string | null
  readonly contactId: string | null
  readonly clientId: string | null
  /** Epoch milliseconds. */
  readonly occurredAt: number
}

/** An emitted event as it goes into `webhooks.received`. */
export interface EmittedEvent {
  readonly eventId: string
  readonly key: string
  readonly value: ReceivedWebhook
  readonly headers: Readonly<Record<string, string>>
}

/**
 * What a handler's emission becomes. Its id is made of the event that caused it and of `emission.key`, and of nothing that differs when the handler
 * runs again, so that dedup makes it one event however often it is written.
 * @throws DomainError `MR_DOMAIN_EMISSION` for a type that is no dotted word, data that is no JSON, or a chain of emitted events that is too long
 */
export function emittedEvent(cause: WebhookEvent, emission: Emission, now: number): EmittedEvent {
  const { type, key, conversationId: conversation_id, contactId: contact_id, clientId: client_id } = emission
  const id = uuidv5(EMITTED_NAMESPACE, JSON.stringify([cause.tenant, cause.account, cause.event_id, type, key]))
  const body = {
    ...{ id, type: checkedType(type), timestamp: new Date(emission.occurredAt).toISOString() },
    ...{ conversation_id, contact_id, client_id, caused_by: cause.event_id, depth: depthBelow(cause) },
    data: emission.data ?? null,
  }
  const payload = bytesOf(body)
  const value: ReceivedWebhook = {
    // Equal whenever the same emission is written again.
    webhook_id: id,
    tenant: cause.tenant,
    account: cause.account,
    provider: OWN_PROVIDER,
    source: SOURCE,
    scheme: 'own',
    origin: 'webhook',
    received_at: now,
    batch_index: 0,
    batch_size: 1,
    headers: {},
    content_type: 'application/json',
    reply_to: null,
    payload,
  }
  const description = describePayload(OWN_PROVIDER, body)
  return {
    eventId: id,
    key: recordKey(cause.tenant, description, id),
    value,
    headers: receivedHeaders(value, description.type, description.conversationId),
  }
}

function checkedType(type: string): string {
  if (word.test(type) && type.length <= 80) return type
  throw new DomainError(
    'MR_DOMAIN_EMISSION',
    `"${type}" is no type to emit: words of a-z, 0-9, _ and -, with dots between, at most 80`,
  )
}

function depthBelow(cause: WebhookEvent): number {
  if (cause.provider !== OWN_PROVIDER) return 1
  const parsed = parseJson(cause.payload)
  const depth = parsed.ok ? at(asObject(parsed.value), 'depth') : undefined
  // Without its depth the chain must not count from one again.
  const above = typeof depth === 'number' && depth >= 1 ? depth : MAX_DEPTH
  if (above < MAX_DEPTH) return above + 1
  throw new DomainError(
    'MR_DOMAIN_EMISSION',
    `${cause.type} was itself caused by ${above} emitted events in a row: handlers seem to answer each other`,
  )
}

function bytesOf(body: object): Buffer {
  try {
    return Buffer.from(JSON.stringify(body))
  } catch (cause) {
    throw new DomainError('MR_DOMAIN_EMISSION', `the data is no JSON: ${(cause as Error).message}`)
  }
}
