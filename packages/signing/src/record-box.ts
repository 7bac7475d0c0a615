import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from 'node:crypto'
import { SigningError } from './errors.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const ALGORITHM = 'aes-256-gcm'

/** Asking the system for 12 bytes at a time costs more than encrypting a small record. */
const nonces = Buffer.alloc(NONCE_BYTES * 512)
let used = nonces.length

function copyNonce(into: Buffer): Buffer {
  if (used === nonces.length) {
    randomFillSync(nonces)
    used = 0
  }
  nonces.copy(into, 0, used, used + NONCE_BYTES)
  // Nothing that was used stays in memory for a second time.
  nonces.fill(0, used, used + NONCE_BYTES)
  used += NONCE_BYTES
  return into.subarray(0, NONCE_BYTES)
}

/**
 * Encrypts by a data key: nonce (12 bytes), ciphertext, tag (16), AES-256-GCM with the key's id as associated data (docs/encryption.md). Nonces are
 * random: a key is good for 2^32 of them (NIST SP 800-38D, 8.3).
 */
export function encryptBytes(key: KeyObject, keyId: string, plain: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(NONCE_BYTES + plain.length + TAG_BYTES)
  const cipher = createCipheriv(ALGORITHM, key, copyNonce(bytes), { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(keyId))
  cipher.update(plain).copy(bytes, NONCE_BYTES)
  cipher.final()
  cipher.getAuthTag().copy(bytes, NONCE_BYTES + plain.length)
  return bytes
}

/** What `encryptBytes` made. @throws SigningError `MR_SIGNING_BYTES_REFUSED` */
export function decryptBytes(key: KeyObject, keyId: string, bytes: Buffer): Buffer {
  const end = bytes.length - TAG_BYTES
  if (end < NONCE_BYTES) throw new SigningError('MR_SIGNING_BYTES_REFUSED', 'They are too few.')
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(keyId))
  decipher.setAuthTag(bytes.subarray(end))
  const plain = decipher.update(bytes.subarray(NONCE_BYTES, end))
  try {
    decipher.final()
  } catch {
    throw new SigningError('MR_SIGNING_BYTES_REFUSED', 'The tag does not fit.')
  }
  return plain
}
