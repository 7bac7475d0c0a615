import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { SigningError } from './errors.ts'
import { fromBase64 } from './secret.ts'

/** Keys by id; the current one seals, every one opens. */
export interface SecretKeys {
  currentId: string
  byId: ReadonlyMap<string, KeyObject>
  /** Ids of keys that were given up for lost: nothing that they sealed opens ever again. */
  lostIds: ReadonlySet<string>
}

const version = 'mrs1'
const keyIdForm = /^[A-Za-z0-9_-]{1,32}$/
const nonceBytes = 12
const tagBytes = 16

/** Stands for the bytes of a key that nobody has any more. */
const LOST = 'lost'

/**
 * Reads `MILLRACE_SECRET_KEYS`: `id:base64key,id2:base64key2`, 32-byte keys, the first is current. To rotate, put a new one first and
 * keep the old until everything is sealed anew. `id:lost` gives a key up: what it sealed is gone, instead of being waited for.
 * @throws SigningError `MR_SIGNING_KEYS_FORMAT`, which names the place in the list and never the text
 */
export function parseSecretKeys(text: string): SecretKeys {
  const byId = new Map<string, KeyObject>()
  const lostIds = new Set<string>()
  for (const [index, entry] of text.split(',').entries()) {
    const { id, key } = parseKey(entry.trim(), index + 1)
    if (byId.has(id) || lostIds.has(id))
      throw new SigningError('MR_SIGNING_KEYS_FORMAT', `Entry ${index + 1} repeats an id.`)
    if (key !== LOST) byId.set(id, key)
    else if (byId.size > 0) lostIds.add(id)
    else throw new SigningError('MR_SIGNING_KEYS_FORMAT', 'The first key is the current one, and cannot be lost.')
  }
  const [currentId = ''] = byId.keys()
  return { currentId, byId, lostIds }
}

/**
 * A new entry for `MILLRACE_SECRET_KEYS`.
 * @param id 1 to 32 of `A-Z a-z 0-9 _ -`
 */
export function newSecretKey(id: string): string {
  if (!keyIdForm.test(id)) throw new SigningError('MR_SIGNING_KEYS_FORMAT', 'The id is 1 to 32 of A-Z a-z 0-9 _ -.')
  return `${id}:${randomBytes(32).toString('base64')}`
}

/**
 * Encrypts with the current key by AES-256-GCM: `mrs1.<key id>.<base64url of nonce, ciphertext, tag>`. Nonces are random, so one key
 * is good for 2^32 texts (NIST SP 800-38D, 8.3).
 * @param belongsTo what the text belongs to, such as an endpoint's id; it opens only with the same. Not secret, not stored in it.
 */
export function seal(plain: Buffer | string, keys: SecretKeys, belongsTo = ''): string {
  const nonce = randomBytes(nonceBytes)
  const head = `${version}.${keys.currentId}`
  const cipher = createCipheriv('aes-256-gcm', keyOf(keys, keys.currentId), nonce, { authTagLength: tagBytes })
  cipher.setAAD(boundText(head, belongsTo))
  const bytes = Buffer.concat([nonce, cipher.update(Buffer.from(plain)), cipher.final(), cipher.getAuthTag()])
  return `${head}.${bytes.toString('base64url')}`
}

/**
 * Decrypts what `seal` made.
 * @throws SigningError `MR_SIGNING_SEALED_FORMAT`, `MR_SIGNING_SEALED_KEY_UNKNOWN` (names the key id), `MR_SIGNING_SEALED_KEY_LOST`,
 *   `MR_SIGNING_SEALED_REFUSED`
 */
export function open(sealed: string, keys: SecretKeys, belongsTo = ''): Buffer {
  const { keyId, bytes } = parseSealed(sealed)
  const end = bytes.length - tagBytes
  const key = keyOf(keys, keyId)
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(boundText(`${version}.${keyId}`, belongsTo))
  decipher.setAuthTag(bytes.subarray(end))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, end)), decipher.final()])
  } catch {
    throw new SigningError('MR_SIGNING_SEALED_REFUSED', `It names key ${keyId}.`)
  }
}

/** Id of the key that sealed a text; undefined for what `seal` did not make. */
export function sealedWith(sealed: string): string | undefined {
  const [found, keyId] = sealed.split('.')
  return found === version ? keyId : undefined
}

function parseKey(entry: string, place: number): { id: string; key: KeyObject | typeof LOST } {
  const colon = entry.indexOf(':')
  const id = entry.slice(0, Math.max(colon, 0))
  if (!keyIdForm.test(id))
    throw new SigningError('MR_SIGNING_KEYS_FORMAT', `Entry ${place} has no valid id before a colon.`)
  if (entry.slice(colon + 1) === LOST) return { id, key: LOST }
  const bytes = fromBase64(entry.slice(colon + 1))
  if (bytes?.length !== 32)
    throw new SigningError('MR_SIGNING_KEYS_FORMAT', `Entry ${place} is not 32 bytes in base64.`)
  return { id, key: createSecretKey(bytes) }
}

function parseSealed(sealed: string): { keyId: string; bytes: Buffer } {
  const [found, keyId, text, ...more] = sealed.split('.')
  const bytes = Buffer.from(text ?? '', 'base64url')
  const whole = found === version && keyId !== undefined && keyIdForm.test(keyId) && more.length === 0
  if (!whole || bytes.length < nonceBytes + tagBytes || bytes.toString('base64url') !== text)
    throw new SigningError('MR_SIGNING_SEALED_FORMAT', `Expected ${version}.<key id>.<base64url>.`)
  return { keyId, bytes }
}

function keyOf(keys: SecretKeys, id: string): KeyObject {
  const key = keys.byId.get(id)
  if (keys.lostIds.has(id)) throw new SigningError('MR_SIGNING_SEALED_KEY_LOST', `Key ${id}.`)
  if (key === undefined) throw new SigningError('MR_SIGNING_SEALED_KEY_UNKNOWN', `Key ${id}.`)
  return key
}

/** The head has a fixed alphabet without zero bytes, so the border to what follows is certain. */
function boundText(head: string, belongsTo: string): Buffer {
  return Buffer.from(`${head}\0${belongsTo}`, 'utf8')
}
