import {
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
  verify as verifyEd25519,
} from 'node:crypto'
import { keyedHash } from './keyed-hash.ts'
import type {
  ApiKeyScheme,
  Headers,
  Rule,
  Scheme,
  Secret,
  SignatureScheme,
  SignedRequest,
  Variant,
  Verdict,
} from './scheme.ts'
import { apiKeyBytes, isInForce, keyBytes, verifyingKey } from './secret.ts'
import { readSignatures } from './signature.ts'
import { type SignedFields, signedParts, writeSigned } from './template.ts'
import { checkTimestamp, readTimestamp } from './timestamp.ts'
import { reorderedForm, writeVariant } from './variant.ts'

/** Makes checks with one secret. */
interface Checker {
  id: string
  /** Whether one of the signatures belongs to signed content that is at hand as a whole. */
  matches(parts: readonly Buffer[], signatures: readonly Buffer[]): boolean
  begin(): Check
}

/** Takes the signed bytes piece by piece, and tells whether one of the signatures belongs to them. */
interface Check {
  update(piece: Buffer): void
  matches(signatures: readonly Buffer[]): boolean
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
    const secretId = matchingId(checkers, scheme, fields, variant, request.body, signatures)
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

/** Made once for each secret: preparing a key costs more than the HMAC of a small body. Secrets are never changed in place. */
const checkersOf = new WeakMap<Secret, Map<SignatureScheme, Checker | undefined>>()

function checkerFor(scheme: SignatureScheme, secret: Secret): Checker | undefined {
  const known = checkersOf.get(secret) ?? new Map<SignatureScheme, Checker | undefined>()
  if (!known.has(scheme)) checkersOf.set(secret, known.set(scheme, newChecker(scheme, secret)))
  return known.get(scheme)
}

function newChecker(scheme: SignatureScheme, { id, secret }: Secret): Checker | undefined {
  if (scheme.kind === 'ed25519') {
    const key = verifyingKey(secret)
    return key && { id, matches: isSignedBy(key), begin: () => ed25519Check(key) }
  }
  const bytes = keyBytes(scheme.secretForm, secret)
  if (bytes === undefined) return undefined
  const digestOf = keyedHash(scheme.algorithm, bytes)
  const key = createSecretKey(bytes)
  return {
    id,
    matches: (parts, signatures) => isAmong(signatures, digestOf(parts)),
    begin: () => hmacCheck(scheme.algorithm, key),
  }
}

/** The id of the secret that matches; undefined also when the body has no such form. */
function matchingId(
  checkers: readonly Checker[],
  scheme: SignatureScheme,
  fields: SignedFields,
  variant: Variant,
  body: Buffer,
  signatures: readonly Buffer[],
): string | undefined {
  if (variant === 'raw') {
    const parts = signedParts(scheme, fields, body)
    return firstId(checkers, (checker) => checker.matches(parts, signatures))
  }
  // One pass over the body for all secrets.
  const checks = new Map(checkers.map((checker) => [checker, checker.begin()]))
  const sink = (piece: Buffer) => {
    for (const check of checks.values()) check.update(piece)
  }
  const result = writeSigned(scheme, fields, sink, () => writeVariant(variant, body, sink))
  if (result === 'written') return firstId(checkers, (checker) => checks.get(checker)?.matches(signatures) === true)
  const reordered = result === 'reordered' ? reorderedForm(body) : undefined
  return reordered && matchingId(checkers, scheme, fields, 'raw', reordered, signatures)
}

function firstId(checkers: readonly Checker[], isMatching: (checker: Checker) => boolean): string | undefined {
  // `filter` visits every secret, also after a match.
  return checkers.filter(isMatching)[0]?.id
}

function isAmong(signatures: readonly Buffer[], bytes: Buffer): boolean {
  return signatures.filter((signature) => timingSafeEqual(signature, bytes)).length > 0
}

function isSignedBy(key: KeyObject): Checker['matches'] {
  return (parts, signatures) => {
    const content = Buffer.concat(parts)
    return signatures.filter((signature) => verifyEd25519(null, content, key, signature)).length > 0
  }
}

function hmacCheck(algorithm: string, key: KeyObject): Check {
  const digest = createHmac(algorithm, key)
  return {
    update: (piece) => void digest.update(piece),
    matches: (signatures) => isAmong(signatures, digest.digest()),
  }
}

function ed25519Check(key: KeyObject): Check {
  const pieces: Buffer[] = []
  return {
    update: (piece) => void pieces.push(Buffer.from(piece)),
    matches: (signatures) => isSignedBy(key)(pieces, signatures),
  }
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function refuse(rule: Rule): Verdict {
  return { ok: false, rule }
}
