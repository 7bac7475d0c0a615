import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { at, parseJson } from '@millrace/domain'
import type { Source } from '@millrace/service-kit'
import {
  type Condition,
  type FieldReference,
  type Handshake,
  type HandshakeAnswer,
  type HandshakeMethod,
  isInForce,
  keyBytes,
  providers,
  rules,
} from '@millrace/signing'
import { GatewayError } from './errors.ts'
import type { Answer } from './exchange.ts'

/** A request that may ask about the address itself. */
export interface AskingRequest {
  readonly method: HandshakeMethod
  /** Target with query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Its body, parsed; null where there is none. */
  readonly json: unknown
  /** Epoch milliseconds. */
  readonly receivedAt: number
}

type HandshakeSource = Pick<Source, 'provider' | 'handshakes' | 'secrets' | 'schemes'>

export interface HandshakeReply extends Answer {
  readonly headers: Readonly<Record<string, string>>
}

/** What may be echoed: nothing that could end a header or a line. */
const visible = /^[\x20-\x7e]{1,1024}$/
/** An HMAC over whatever a stranger sends would sign webhooks for him, so what could be a body or carry a time is refused. */
const signable = /^[A-Za-z0-9+/=_-]{1,512}$/
/** Questions are short; nobody has proven anything yet. */
const MAX_UNPROVEN_BYTES = 4_096

/**
 * The answer to a request that asks before it proves anything, as some providers do (a GET with a challenge); null for every other.
 * @throws GatewayError `MR_GATEWAY_UNVERIFIED` for a wrong token, `MR_GATEWAY_BAD_REQUEST` for a challenge that cannot be sent back
 */
export function unprovenAnswer(
  source: HandshakeSource,
  request: Omit<AskingRequest, 'json'>,
  body: Buffer,
): HandshakeReply | null {
  const { open } = handshakesBy(source, request.method)
  if (open.length === 0 || body.length > MAX_UNPROVEN_BYTES) return null
  const parsed = parseJson(body)
  return answerOf(open, source, { ...request, json: parsed.ok ? parsed.value : null })
}

/** The same for a request that was verified: it only asks whether we are there, and nothing of it is published. Throws alike. */
export function provenAnswer(source: HandshakeSource, request: AskingRequest): HandshakeReply | null {
  return answerOf(handshakesBy(source, request.method).proven, source, request)
}

/** Handshakes of one method: those of requests that have proven nothing yet, and those of proven ones. */
interface ByMethod {
  readonly open: readonly Handshake[]
  readonly proven: readonly Handshake[]
}

/** Sources keep their identity while they do not change. */
const sorted = new WeakMap<HandshakeSource, Map<HandshakeMethod, ByMethod>>()

function handshakesBy(source: HandshakeSource, method: HandshakeMethod): ByMethod {
  const known = sorted.get(source) ?? new Map<HandshakeMethod, ByMethod>()
  const found = known.get(method)
  if (found !== undefined) return found
  const all = handshakesOf(source).filter((each) => each.method === method)
  // Nothing proves a GET but a token.
  const isProven = ({ token }: Handshake) => method === 'POST' || token !== undefined
  const made = { open: all.filter(({ isVerified }) => !isVerified), proven: all.filter(isProven) }
  sorted.set(source, known.set(method, made))
  return made
}

/** Whether a GET at the source's path asks what a handshake of its answers. */
export function isAsked(source: HandshakeSource, request: Omit<AskingRequest, 'json' | 'receivedAt'>): boolean {
  const { method } = request
  return handshakesOf(source).some((each) => each.method === method && holds(each, { ...request, json: null }))
}

/** Those of the source, else those that its provider has without a sources file. */
export function handshakesOf({ handshakes, provider }: Pick<Source, 'handshakes' | 'provider'>): readonly Handshake[] {
  return handshakes ?? (Object.hasOwn(providers, provider) ? (providers[provider]?.handshakes ?? []) : [])
}

function answerOf(
  handshakes: readonly Handshake[],
  source: HandshakeSource,
  request: AskingRequest,
): HandshakeReply | null {
  const handshake = handshakes.find((candidate) => holds(candidate, request))
  if (handshake === undefined) return null
  const secrets = source.secrets.filter((secret) => isInForce(secret, request.receivedAt)).map(({ secret }) => secret)
  if (handshake.token !== undefined) checkToken(readField(request, handshake.token), secrets)
  return replyTo(handshake, readField(request, handshake.challenge), secrets, source)
}

function holds({ when }: Handshake, request: Omit<AskingRequest, 'receivedAt'>): boolean {
  return when.every((condition) => isMet(condition, request))
}

function isMet({ field, equals, absent }: Condition, request: Omit<AskingRequest, 'receivedAt'>): boolean {
  const value = readField(request, field)
  if (absent === true) return value === undefined || value === null
  return equals === undefined ? value !== undefined && value !== null && value !== '' : value === equals
}

function readField({ url, headers, json }: Omit<AskingRequest, 'receivedAt'>, field: FieldReference): unknown {
  if (field.startsWith('header:')) return headers[field.slice('header:'.length)]
  if (!field.startsWith('query:')) return at(json, ...field.split('.'))
  const query = url.includes('?') ? url.slice(url.indexOf('?') + 1) : ''
  return new URLSearchParams(query).get(field.slice('query:'.length)) ?? undefined
}

function checkToken(given: unknown, secrets: readonly string[]): void {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const own = digest(typeof given === 'string' ? given : '')
  const isRight = secrets.filter((secret) => timingSafeEqual(digest(secret), own)).length > 0
  if (isRight) return
  throw new GatewayError('MR_GATEWAY_UNVERIFIED', {
    rule: 'signature-mismatch',
    detail: rules['signature-mismatch'],
    headers: { 'www-authenticate': 'Signature' },
  })
}

function replyTo(
  handshake: Handshake,
  challenge: unknown,
  secrets: readonly string[],
  source: HandshakeSource,
): HandshakeReply {
  if (typeof challenge !== 'string' || !visible.test(challenge)) {
    throw unanswerable('The challenge is no visible ASCII of up to 1,024 characters.')
  }
  const texts = { challenge, challenge_hmac: hmacOf(handshake, challenge, secrets, source) }
  const { status, contentType, body, headers } = handshake.answer
  return {
    statusCode: status,
    type: contentType === 'text/plain' ? contentType : `${contentType}; charset=utf-8`,
    body: fill(body, texts, contentType),
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, fill(text, texts, 'text/plain')])),
  }
}

function hmacOf(
  { hmac }: Handshake,
  challenge: string,
  secrets: readonly string[],
  { schemes }: HandshakeSource,
): string {
  if (hmac === undefined) return ''
  if (!signable.test(challenge) || parseJson(Buffer.from(challenge)).ok) {
    throw unanswerable('The challenge is not made of letters, digits and + / = _ - alone.')
  }
  const form = schemes.find((scheme) => scheme.kind === 'hmac')?.secretForm ?? 'utf8'
  const [key] = secrets.flatMap((secret) => keyBytes(form, secret) ?? [])
  if (key === undefined) throw unanswerable('No secret is in force with which the challenge could be answered.')
  return hmac.prefix + createHmac(hmac.algorithm, key).update(challenge).digest(hmac.encoding)
}

function unanswerable(detail: string): GatewayError {
  return new GatewayError('MR_GATEWAY_BAD_REQUEST', { detail })
}

const escapes: Readonly<Record<HandshakeAnswer['contentType'], (text: string) => string>> = {
  'application/json': (text) => JSON.stringify(text).slice(1, -1),
  'application/x-www-form-urlencoded': encodeURIComponent,
  'text/plain': (text) => text,
}

function fill(
  template: string,
  texts: Readonly<Record<'challenge' | 'challenge_hmac', string>>,
  type: HandshakeAnswer['contentType'],
): string {
  return template.replaceAll(/\{(challenge|challenge_hmac)\}/g, (_all, name: keyof typeof texts) =>
    escapes[type](texts[name]),
  )
}
