import { createHash } from 'node:crypto'
import type { IdentityKind } from '@millrace/schemas'
import type { EventDescription } from './describe-payload.ts'
import { asId, at } from './json.ts'
import { parseJson } from './parse-json.ts'

const MINUTE = 60_000
/** How long a claimed identity counts: the dedup window (DESIGN §6). */
export const DEDUP_WINDOW_MS = 7 * 24 * 60 * MINUTE
/** How long equal bytes without an id count as one event. */
export const CONTENT_WINDOW_MS = 10 * MINUTE
/** The same for Make.com, which repeats a timed-out request after up to half an hour. */
export const MAKE_CONTENT_WINDOW_MS = 60 * MINUTE

/** Request headers that identity may rest on; the gateway keeps them in the record. */
export const identityHeaders = ['idempotency-key', 'webhook-id', 'x-front-event-id'] as const

const MAX_KEY_LENGTH = 200

/** What makes two received webhooks the same event. */
export interface EventIdentity {
  readonly kind: IdentityKind
  readonly value: string
  /** Milliseconds after the first receipt within which an equal identity is the same event. */
  readonly windowMs: number
}

/** What a source says about its events' ids. */
export interface IdentityRule {
  /**
   * Path of the id in the body (`data.id`, `items.0.id`), or `header:<name>` for a header (`header:x-front-event-id`). A header that is not signed
   * lets who can repeat a signed body give it a new identity, so no header decides unless a source says so here.
   */
  readonly eventIdField?: string | null | undefined
}

export interface NameEventInput {
  readonly provider: string
  readonly description: Pick<EventDescription, 'providerEventId'>
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The event's own bytes as sent. */
  readonly bytes: Buffer
  readonly batchIndex: number
  readonly rule?: IdentityRule | undefined
  /** The parsed bytes, to spare parsing them again; only read when the rule names a field. */
  readonly json?: unknown
}

/**
 * Names an event by DESIGN §5: the provider's id in the signed body; else a key that the sender chose (Make's `Idempotency-Key`, the signed
 * `webhook-id` of Standard Webhooks, what the source's rule names); else the hash of its bytes and its place in the request. Never throws.
 */
export function nameEvent(input: NameEventInput): EventIdentity {
  const { providerEventId } = input.description
  if (providerEventId !== null) return { kind: 'provider', value: providerEventId, windowMs: DEDUP_WINDOW_MS }
  if (input.provider === 'standard-webhooks') {
    const signed = asKey(input.headers['webhook-id'], input.batchIndex)
    if (signed !== null) return { kind: 'provider', value: signed, windowMs: DEDUP_WINDOW_MS }
  }
  const chosen = chosenKey(input)
  if (chosen !== null) return { kind: 'idempotency-key', value: chosen, windowMs: DEDUP_WINDOW_MS }
  const windowMs = input.provider === 'make' ? MAKE_CONTENT_WINDOW_MS : CONTENT_WINDOW_MS
  return { kind: 'content-hash', value: contentHash(input.bytes, input.batchIndex), windowMs }
}

/** SHA-256 in hex over the bytes, a zero byte and the index in decimal. JSON holds no zero byte, so no two inputs give one text. */
export function contentHash(bytes: Buffer, batchIndex: number): string {
  return createHash('sha256').update(bytes).update(`\0${batchIndex}`).digest('hex')
}

function chosenKey(input: NameEventInput): string | null {
  const fromMake = input.provider === 'make' ? asKey(input.headers['idempotency-key'], input.batchIndex) : null
  return fromMake ?? ruleKey(input)
}

function ruleKey(input: NameEventInput): string | null {
  const field = input.rule?.eventIdField
  if (field === undefined || field === null || field === '') return null
  if (field.startsWith('header:'))
    return asKey(input.headers[field.slice('header:'.length).toLowerCase()], input.batchIndex)
  // An element of an array has an id of its own, so its place does not count.
  return asKey(at(jsonOf(input), ...field.split('.')), 0)
}

function jsonOf(input: NameEventInput): unknown {
  if (input.json !== undefined) return input.json
  const parsed = parseJson(input.bytes)
  return parsed.ok ? parsed.value : null
}

/** A header's key belongs to the whole request: later elements of an array get their place appended, or they would all be one event. */
function asKey(value: unknown, batchIndex: number): string | null {
  const key = typeof value === 'string' && value.length > MAX_KEY_LENGTH ? shortKey(value) : asId(value)
  return key === null || batchIndex === 0 ? key : `${key}#${batchIndex}`
}

function shortKey(value: string): string {
  return `sha256:${createHash('sha256').update(value).digest('hex')}`
}
