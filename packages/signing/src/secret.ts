import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { SigningError } from './errors.ts'
import type { Scheme, Secret, SecretForm } from './scheme.ts'

/** DER before the 32 key bytes: https://www.rfc-editor.org/rfc/rfc8410#section-7 */
const pkcs8Start = Buffer.from('302e020100300506032b657004220420', 'hex')
const spkiStart = Buffer.from('302a300506032b6570032100', 'hex')
/** What a header can carry without an encoding of its own. */
const visibleAscii = /^[\x21-\x7e]+$/

/** New symmetric secret of 32 random bytes, `whsec_` + base64 (Standard Webhooks asks for 24 to 64). */
export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

export interface Ed25519KeyPair {
  /** `whsk_` + base64 of private and public key, 64 bytes. */
  secretKey: string
  /** `whpk_` + base64 of the public key, 32 bytes. */
  publicKey: string
}

/** New ed25519 pair for Standard Webhooks `v1a`. */
export function newEd25519KeyPair(): Ed25519KeyPair {
  const { privateKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(pkcs8Start.length)
  const publicBytes = rawPublicKey(privateKey)
  return {
    secretKey: `whsk_${Buffer.concat([seed, publicBytes]).toString('base64')}`,
    publicKey: `whpk_${publicBytes.toString('base64')}`,
  }
}

/**
 * The `whpk_` of a `whsk_`, for receivers.
 * @throws SigningError `MR_SIGNING_SECRET_FORMAT`
 */
export function publicKeyOf(secretKey: string): string {
  const key = signingKey(secretKey)
  if (key === undefined) throw new SigningError('MR_SIGNING_SECRET_FORMAT', 'Expected a whsk_ key.')
  return `whpk_${rawPublicKey(key).toString('base64')}`
}

/**
 * Checks at start what would otherwise show as `secret-missing` at the first request.
 * @throws SigningError `MR_SIGNING_SECRET_EMPTY` or `MR_SIGNING_SECRET_FORMAT`, naming the secret by its id
 */
export function checkSecret(scheme: Scheme, secret: Secret): void {
  if (secret.secret.trim() === '') throw new SigningError('MR_SIGNING_SECRET_EMPTY', `Secret ${secret.id}.`)
  if (!isUsable(scheme, secret.secret))
    throw new SigningError('MR_SIGNING_SECRET_FORMAT', `Secret ${secret.id} for scheme ${scheme.name}.`)
}

/** The secrets of a source that are for this scheme. */
export function secretsForScheme(secrets: readonly Secret[], scheme: Scheme): readonly Secret[] {
  return secrets.filter((secret) => secret.schemes === undefined || secret.schemes.includes(scheme.name))
}

/** Whether a secret counts at `now` (epoch ms): from `notBefore` on, and before `notAfter`. */
export function isInForce(
  { notBefore = Number.NEGATIVE_INFINITY, notAfter = Number.POSITIVE_INFINITY }: Secret,
  now: number,
) {
  return notBefore <= now && now < notAfter
}

/** Key bytes of a symmetric secret; undefined when it is empty or has another form. */
export function keyBytes(form: SecretForm, secret: string): Buffer | undefined {
  if (secret.trim() === '') return undefined
  if (form === 'utf8') return Buffer.from(secret, 'utf8')
  if (form === 'hex') return /^(?:[0-9a-f]{2})+$/i.test(secret) ? Buffer.from(secret, 'hex') : undefined
  return fromBase64(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret)
}

/** The key itself, where it can stand in a header; undefined when not. */
export function apiKeyBytes(secret: string): Buffer | undefined {
  return visibleAscii.test(secret) ? Buffer.from(secret, 'latin1') : undefined
}

/** Private key of a `whsk_`: its 32-byte seed, alone or followed by the public key that belongs to it. */
export function signingKey(secret: string): KeyObject | undefined {
  const bytes = secret.startsWith('whsk_') ? fromBase64(secret.slice(5)) : undefined
  if (bytes?.length !== 32 && bytes?.length !== 64) return undefined
  const key = createPrivateKey({
    key: Buffer.concat([pkcs8Start, bytes.subarray(0, 32)]),
    format: 'der',
    type: 'pkcs8',
  })
  return bytes.length === 32 || rawPublicKey(key).equals(bytes.subarray(32)) ? key : undefined
}

/** Public key of a `whpk_`, or of the `whsk_` it belongs to. */
export function verifyingKey(secret: string): KeyObject | undefined {
  if (secret.startsWith('whsk_')) {
    const key = signingKey(secret)
    return key === undefined ? undefined : createPublicKey(key)
  }
  const bytes = secret.startsWith('whpk_') ? fromBase64(secret.slice(5)) : undefined
  if (bytes?.length !== 32) return undefined
  return createPublicKey({ key: Buffer.concat([spkiStart, bytes]), format: 'der', type: 'spki' })
}

function isUsable(scheme: Scheme, secret: string): boolean {
  if (scheme.kind === 'api-key') return apiKeyBytes(secret) !== undefined
  if (scheme.kind === 'ed25519') return verifyingKey(secret) !== undefined
  return keyBytes(scheme.secretForm, secret) !== undefined
}

function rawPublicKey(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(spkiStart.length)
}

/** Standard base64, padded or not; anything else is no key. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  const bare = text.replace(/={0,2}$/, '')
  return bytes.length > 0 && bytes.toString('base64').replace(/=+$/, '') === bare ? bytes : undefined
}
