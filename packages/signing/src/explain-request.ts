import { createHash, type KeyObject, timingSafeEqual, verify as verifyEd25519 } from 'node:crypto'
import type { FoundMistake, MistakeName } from './mistakes.ts'
import { candidateSchemes } from './providers.ts'
import { type MeantSignature, readLeniently } from './read-leniently.ts'
import type { ApiKeyScheme, Headers, Rule, Scheme, Secret, SignatureScheme } from './scheme.ts'
import { fromBase64, keyBytes, secretsForScheme, verifyingKey } from './secret.ts'
import { suspectBodies } from './suspect-bodies.ts'
import { type OtherSecrets, type SuspectKey, suspectKeys } from './suspect-keys.ts'
import { type SignedFields, signedParts, usesField } from './template.ts'
import { checkTimestamp, readTimestamp } from './timestamp.ts'
import { bodyAs } from './variant.ts'
import { hmac } from './verify.ts'
import { type RequestVerdict, verifyRequest } from './verify-request.ts'

export interface RequestToExplain {
  /** The schemes that the source accepts. */
  readonly schemes: readonly Scheme[]
  /** Names in lower case. */
  readonly headers: Headers
  readonly body: Buffer
  /** The source's, also those that are out of their time. */
  readonly secrets: readonly Secret[]
  /** Those of other sources, to tell a request that came to the wrong one. */
  readonly others?: readonly OtherSecrets[]
  /** Epoch milliseconds. */
  readonly now: number
  /** How many mistakes at once are looked for, besides those in how signature and time are written. Default 1. */
  readonly maxMistakes?: 1 | 2
}

/** Why a request is refused. For operators: it may name other sources, which its sender must not learn. */
export interface Explanation {
  readonly verdict: RequestVerdict
  /** Which known mistakes together explain it; empty for an accepted request, and for one that nothing known explains. */
  readonly mistakes: readonly FoundMistake[]
}

/**
 * Verifies a request and, where it fails, looks for the known mistakes that would explain it: with each of them undone, the signature
 * must be right. Guessing is impossible that way, so a forged request is explained by nothing.
 * @throws SigningError `MR_SIGNING_SCHEME_INVALID` when `schemes` is empty
 */
export function explainRequest(request: RequestToExplain): Explanation {
  const steps = explainStepwise(request)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** As `explainRequest`, in steps of about one digest each, so that whoever has other work to do can do it in between. */
export function* explainStepwise(request: RequestToExplain): Generator<void, Explanation> {
  const { schemes, headers, body, secrets, now } = request
  const secretsFor = (scheme: Scheme) => secretsForScheme(secrets, scheme)
  const verdict = verifyRequest({ schemes, headers, body, secretsFor, now })
  if (verdict.ok) return { verdict, mistakes: [] }
  const candidates = candidateSchemes(schemes, headers)
  for (const scheme of [...candidates].sort((a) => (a.name === verdict.scheme ? -1 : 1))) {
    yield
    const mistakes = scheme.kind === 'api-key' ? explainKey(scheme, request) : yield* explainSignature(scheme, request)
    if (mistakes !== undefined) return { verdict, mistakes: distinct(mistakes) }
  }
  return { verdict, mistakes: [] }
}

/** What may have been signed: template and fields. */
interface SuspectContent {
  readonly template: string
  readonly fields: SignedFields
  readonly mistakes: readonly FoundMistake[]
}

interface Trial {
  readonly key: KeyMaterial
  readonly content: SuspectContent
  readonly body: { readonly bytes: Buffer; readonly mistakes: readonly FoundMistake[] }
}

interface KeyMaterial {
  readonly key: Buffer | KeyObject
  readonly mistakes: readonly FoundMistake[]
}

function* explainSignature(
  scheme: SignatureScheme,
  request: RequestToExplain,
): Generator<void, readonly FoundMistake[] | undefined> {
  const { headers, body, now, maxMistakes = 1 } = request
  const signatures = readLeniently(scheme, headers)
  if (signatures.length === 0) return undefined
  const keys = keyMaterial(scheme, suspectKeys(scheme, request.secrets, request.others ?? [], now))
  const contents = suspectContents(scheme, headers)
  const bodies = [...scheme.variants.flatMap((variant) => bodyAs(variant, body) ?? [])].map((bytes) => ({
    bytes,
    mistakes: [] as readonly FoundMistake[],
  }))
  yield
  for (const { body: bytes, mistake } of suspectBodies(body)) {
    bodies.push({ bytes, mistakes: [{ name: mistake }] })
    yield
  }
  for (let count = 0; count <= maxMistakes; count++) {
    for (const trial of trials(keys, contents, bodies, count)) {
      for (const signature of signatures) {
        if (isSignedSo(scheme, trial, signature)) return foundIn(scheme, request, trial, signature)
        yield
      }
    }
  }
  return undefined
}

/** Every way to be wrong in exactly `count` of secret, content and body. */
function* trials(
  keys: readonly KeyMaterial[],
  contents: readonly SuspectContent[],
  bodies: readonly Trial['body'][],
  count: number,
): Generator<Trial> {
  const isWrong = ({ mistakes }: { mistakes: readonly FoundMistake[] }) => (mistakes.length > 0 ? 1 : 0)
  for (const key of keys)
    for (const content of contents) {
      const wrong = isWrong(key) + isWrong(content)
      if (wrong > count || count - wrong > 1) continue
      for (const body of bodies) if (wrong + isWrong(body) === count) yield { key, content, body }
    }
}

function isSignedSo(scheme: SignatureScheme, { key, content, body }: Trial, { bytes }: MeantSignature): boolean {
  const parts = signedParts({ ...scheme, template: content.template }, content.fields, body.bytes)
  if (!Buffer.isBuffer(key.key)) return verifyEd25519(null, Buffer.concat(parts), key.key, bytes)
  return timingSafeEqual(hmac(algorithmOf(bytes), key.key, parts), bytes)
}

function algorithmOf(signature: Buffer): string {
  return signature.length === 20 ? 'sha1' : signature.length === 32 ? 'sha256' : 'sha512'
}

function foundIn(
  scheme: SignatureScheme,
  { headers, now }: RequestToExplain,
  { key, content, body }: Trial,
  signature: MeantSignature,
): FoundMistake[] {
  const found = [...key.mistakes, ...content.mistakes, ...body.mistakes, ...signature.mistakes]
  if (scheme.kind === 'hmac' && algorithmOf(signature.bytes) !== scheme.algorithm)
    found.push({ name: 'other-algorithm' })
  const time = timeMistake(scheme, headers, now, content)
  return time === undefined ? found : [...found, { name: time }]
}

/** What is wrong with the time itself, where the signature is right. */
function timeMistake(
  scheme: SignatureScheme,
  headers: Headers,
  now: number,
  content: SuspectContent,
): MistakeName | undefined {
  const { timestamp } = scheme
  const text = readTimestamp(scheme, headers)
  const broken: Rule | undefined = timestamp && checkTimestamp(timestamp, text, now)
  if (timestamp === undefined || broken === undefined || broken === 'timestamp-missing') return undefined
  if (content.mistakes.some(({ name }) => name === 'timestamp-unit')) return undefined
  if (broken === 'timestamp-malformed') return 'timestamp-format'
  return checkTimestamp({ ...timestamp, unit: 'auto' }, text, now) === undefined ? 'timestamp-unit' : 'late-or-clock'
}

function suspectContents(scheme: SignatureScheme, headers: Headers): SuspectContent[] {
  const timestamp = readTimestamp(scheme, headers) ?? ''
  const id = scheme.idHeader === undefined ? '' : (headers[scheme.idHeader] ?? '')
  const fields = { id, timestamp }
  const as = (template: string, name: MistakeName, other = fields): SuspectContent => ({
    template,
    fields: other,
    mistakes: [{ name }],
  })
  const without = (template: string, field: string) => template.replace(new RegExp(`\\{${field}\\}[^{A-Za-z0-9]?`), '')
  const { template } = scheme
  const isWhole = (!usesField(scheme, 'timestamp') || timestamp !== '') && (!usesField(scheme, 'id') || id !== '')
  const found: SuspectContent[] = isWhole ? [{ template, fields, mistakes: [] }] : []
  if (usesField(scheme, 'id')) found.push(as(without(template, 'id'), 'id-not-signed'))
  if (usesField(scheme, 'timestamp')) {
    found.push(as('{body}', 'timestamp-not-signed'), as(without(template, 'timestamp'), 'timestamp-not-signed'))
    const other = otherUnit(timestamp)
    if (other !== undefined) found.push(as(template, 'timestamp-unit', { id, timestamp: other }))
  } else if (usesField(scheme, 'id')) found.push(as('{body}', 'id-not-signed'))
  return found
}

/** The same time in seconds for milliseconds, and the other way round. */
function otherUnit(text: string): string | undefined {
  if (!/^\d{1,15}$/.test(text)) return undefined
  return text.length >= 12 ? text.slice(0, -3) : `${text}000`
}

/** Keys of the texts, each once: the first says what is wrong with it. */
function keyMaterial(scheme: SignatureScheme, suspects: readonly SuspectKey[]): KeyMaterial[] {
  const seen = new Set<string>()
  return suspects.flatMap((suspect) => {
    const key = scheme.kind === 'ed25519' ? verifyingKey(suspect.text) : hmacKey(scheme.secretForm, suspect)
    if (key === undefined) return []
    const print = Buffer.isBuffer(key) ? key.toString('latin1') : suspect.text
    if (seen.has(print)) return []
    seen.add(print)
    return [{ key, mistakes: suspect.mistakes }]
  })
}

function hmacKey(form: Parameters<typeof keyBytes>[0], { text, form: other }: SuspectKey): Buffer | undefined {
  if (other === 'text') return Buffer.from(text, 'utf8')
  if (other === 'base64') return fromBase64(text)
  // A text that is no key in the scheme's form was perhaps taken as it stands.
  return keyBytes(other ?? form, text) ?? (text.trim() === '' ? undefined : Buffer.from(text, 'utf8'))
}

/** Keys are compared, not computed with: the header's text against every text that the key may have been. */
function explainKey(scheme: ApiKeyScheme, request: RequestToExplain): FoundMistake[] | undefined {
  const { headers, secrets, others = [], now } = request
  const keys = new Map<string, SuspectKey>()
  for (const key of suspectKeys(scheme, secrets, others, now)) {
    if (key.form === undefined && !keys.has(sha256(key.text))) keys.set(sha256(key.text), key)
  }
  const value = headers[scheme.header] ?? ''
  const places = value === '' ? Object.entries(headers).slice(0, 40) : [[scheme.header, value] as const]
  for (const [header, text = ''] of places)
    for (const { given, mistakes } of keyTexts(scheme, text)) {
      const key = keys.get(sha256(given))
      if (key === undefined) continue
      const wrong: FoundMistake[] = header === scheme.header ? [] : [{ name: 'signature-header', header }]
      return [...key.mistakes, ...mistakes, ...wrong]
    }
  return undefined
}

/** The keys that a header's text may mean. */
function keyTexts({ prefixes }: ApiKeyScheme, value: string): { given: string; mistakes: FoundMistake[] }[] {
  const right = prefixes.filter((prefix) => value.startsWith(prefix))
  const odd = /^[A-Za-z]{1,16}[ :=]+(.+)$/.exec(value)?.[1]
  return [
    ...right.map((prefix) => ({ given: value.slice(prefix.length), mistakes: [] })),
    ...[value, odd].flatMap((given) =>
      given === undefined ? [] : [{ given, mistakes: [{ name: 'signature-prefix' } as const] }],
    ),
  ]
}

/** Digests are looked up, not keys: the time that it takes tells nothing about them. */
function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function distinct(mistakes: readonly FoundMistake[]): FoundMistake[] {
  return mistakes.filter(({ name }, place) => mistakes.findIndex((other) => other.name === name) === place)
}
