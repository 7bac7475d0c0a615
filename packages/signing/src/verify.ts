import { createHash, createHmac, type KeyObject, timingSafeEqual, verify as verifyEd25519 } from 'node:crypto'
import type { ApiKeyScheme, Headers, Rule, Scheme, Secret, SignatureScheme, SignedRequest, Verdict } from './scheme.ts'
import { apiKeyBytes, isInForce, keyBytes, verifyingKey } from './secret.ts'
import { readSignatures } from './signature.ts'
import { type SignedFields, signedParts } from './template.ts'
import { checkTimestamp, readTimestamp } from './timestamp.ts'
import { bodyAs } from './variant.ts'

/** Tells whether one of the signatures belongs to these bytes. */
interface Checker {
  id: string
  matches(signatures: readonly Buffer[], parts: readonly Buffer[]): boolean
}

/** A dot would let the border between id, time and body be moved without changing what is signed. */
const messageId = /^[\x21-\x2d\x2f-\x7e]{1,256}$/

/**
 * Checks a request against one scheme. All secrets are tried, with the same work whichever matches; compared are digests of equal
 * length in constant time. Cheap checks come first, so a stale request costs no hashing.
 *
 * @param now epoch milliseconds
 * @returns the id of the secret that matched and the form of the body that was signed, or the rule that the request broke. Secrets
 *   that are empty, have the wrong form (`checkSecret` finds them at start) or are out of their time count as missing. Never throws for what a request holds.
 */
export function verify(scheme: Scheme, request: SignedRequest, all: readonly Secret[], now: number): Verdict {
  const secrets = all.filter((secret) => isInForce(secret, now))
  if (scheme.kind === 'api-key') return verifyApiKey(scheme, request.headers, secrets)
  const checkers = secrets.map((secret) => checkerFor(scheme, secret)).filter((checker) => checker !== undefined)
  if (checkers.length === 0) return refuse('secret-missing')
  const signatures = readSignatures(scheme, request.headers)
  if (typeof signatures === 'string') return refuse(signatures)
  const fields = readFields(scheme, request.headers, now)
  if (typeof fields === 'string') return refuse(fields)
  for (const variant of scheme.variants) {
    const body = bodyAs(variant, request.body)
    if (body === undefined) continue
    const secretId = firstMatch(checkers, signatures, signedParts(scheme, fields, body))
    if (secretId !== undefined) return { ok: true, secretId, variant }
  }
  return refuse('signature-mismatch')
}

/** Digest of the signed content with a symmetric key. */
export function hmac(algorithm: string, key: Buffer, parts: readonly Buffer[]): Buffer {
  const digest = createHmac(algorithm, key)
  for (const part of parts) digest.update(part)
  return digest.digest()
}

/** Whether `id` may stand in a signed message: 1 to 256 visible ASCII characters without a dot. */
export function isMessageId(id: string): boolean {
  return messageId.test(id)
}

function readFields(scheme: SignatureScheme, headers: Headers, now: number): SignedFields | Rule {
  const fields: SignedFields = {}
  if (scheme.idHeader !== undefined) {
    const id = headers[scheme.idHeader]
    if (id === undefined || id === '') return 'signature-missing'
    if (!isMessageId(id)) return 'signature-malformed'
    fields.id = id
  }
  if (scheme.timestamp !== undefined) {
    const timestamp = readTimestamp(scheme, headers)
    const broken = checkTimestamp(scheme.timestamp, timestamp, now)
    if (broken !== undefined) return broken
    fields.timestamp = timestamp ?? ''
  }
  return fields
}

function verifyApiKey(scheme: ApiKeyScheme, headers: Headers, secrets: readonly Secret[]): Verdict {
  const keys = secrets.flatMap(({ id, secret }) => {
    const bytes = apiKeyBytes(secret)
    return bytes === undefined ? [] : [{ id, digest: sha256(bytes) }]
  })
  if (keys.length === 0) return refuse('secret-missing')
  const value = headers[scheme.header]
  if (value === undefined || value === '') return refuse('signature-missing')
  const prefix = scheme.prefixes.find((text) => value.startsWith(text))
  if (prefix === undefined) return refuse('signature-malformed')
  // Hashing first makes the lengths equal, so neither content nor length of the key shows in the time taken.
  const given = sha256(Buffer.from(value.slice(prefix.length), 'utf8'))
  const [secretId] = keys.filter(({ digest }) => timingSafeEqual(digest, given)).map(({ id }) => id)
  return secretId === undefined ? refuse('signature-mismatch') : { ok: true, secretId }
}

function checkerFor(scheme: SignatureScheme, { id, secret }: Secret): Checker | undefined {
  if (scheme.kind === 'ed25519') {
    const key = verifyingKey(secret)
    return key && { id, matches: (signatures, parts) => matchesEd25519(key, signatures, parts) }
  }
  const key = keyBytes(scheme.secretForm, secret)
  return key && { id, matches: (signatures, parts) => isAmong(signatures, hmac(scheme.algorithm, key, parts)) }
}

function firstMatch(checkers: readonly Checker[], signatures: readonly Buffer[], parts: readonly Buffer[]) {
  // `filter` visits every secret, also after a match.
  const [first] = checkers.filter((checker) => checker.matches(signatures, parts))
  return first?.id
}

function isAmong(signatures: readonly Buffer[], digest: Buffer): boolean {
  return signatures.filter((signature) => timingSafeEqual(signature, digest)).length > 0
}

function matchesEd25519(key: KeyObject, signatures: readonly Buffer[], parts: readonly Buffer[]): boolean {
  const content = Buffer.concat(parts)
  return signatures.filter((signature) => verifyEd25519(null, content, key, signature)).length > 0
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function refuse(rule: Rule): Verdict {
  return { ok: false, rule }
}
