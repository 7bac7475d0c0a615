import { createHmac, createSecretKey, hash } from 'node:crypto'

export type HashName = 'sha1' | 'sha256' | 'sha512'

/** Bytes that each hash takes at a time (FIPS 180-4, figure 1). */
const BLOCK_BYTES = { sha1: 64, sha256: 64, sha512: 128 } as const
/** What is longer costs more to copy than the two calls save. */
const MAX_TOGETHER = 65_536

/** A text of one character a byte: Node makes a buffer for a digest at three times the cost. */
const DIGEST = 'binary'

/** Used again at once by whoever comes next: nothing waits between a copy into it and its hash. */
const together = Buffer.allocUnsafeSlow(BLOCK_BYTES.sha512 + MAX_TOGETHER)

/**
 * HMAC (RFC 2104) with one key, of signed content in parts. Node's `Hmac` is a stream that is made for every message, which costs more than the digest of
 * a small one; two one-shot hashes over key and content need none.
 */
export function keyedHash(algorithm: HashName, key: Buffer): (parts: readonly Buffer[]) => Buffer {
  const block: number = BLOCK_BYTES[algorithm]
  const padded = Buffer.alloc(block)
  const short = key.length > block ? hash(algorithm, key, 'buffer') : key
  short.copy(padded)
  const inner = padded.map((byte) => byte ^ 0x36)
  const outer = padded.map((byte) => byte ^ 0x5c)
  const keyObject = createSecretKey(key)
  return (parts) => {
    const size = parts.reduce((sum, part) => sum + part.length, block)
    if (size > together.length) return streamed(algorithm, keyObject, parts)
    together.set(inner)
    let at = block
    for (const part of parts) {
      together.set(part, at)
      at += part.length
    }
    const first = hash(algorithm, together.subarray(0, size), DIGEST)
    together.set(outer)
    together.write(first, block, DIGEST)
    return Buffer.from(hash(algorithm, together.subarray(0, block + first.length), DIGEST), DIGEST)
  }
}

function streamed(algorithm: HashName, key: ReturnType<typeof createSecretKey>, parts: readonly Buffer[]): Buffer {
  const digest = createHmac(algorithm, key)
  for (const part of parts) digest.update(part)
  return digest.digest()
}
