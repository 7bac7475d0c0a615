import { createHash, randomBytes } from 'node:crypto'
import { DomainError } from './errors.ts'

const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Name-based UUID of version 5 (RFC 9562 §5.5). `namespace` is a UUID in text form, else DomainError `MR_DOMAIN_UUID_MALFORMED`. */
export function uuidv5(namespace: string, name: string): string {
  if (!uuidText.test(namespace)) throw new DomainError('MR_DOMAIN_UUID_MALFORMED', 'The namespace is no UUID')
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest()
  return format(hash, 5)
}

export interface UuidClock {
  /** Epoch milliseconds. */
  now(): number
  random(size: number): Buffer
}

const POOL_BYTES = 4_096
let pool = Buffer.alloc(0)
let used = 0

/** Random bytes from a pool that is filled at once: asking the system for each id costs more than the id. None is handed out twice. */
function pooledRandom(size: number): Buffer {
  if (used + size > pool.length) {
    pool = randomBytes(POOL_BYTES)
    used = 0
  }
  used += size
  return pool.subarray(used - size, used)
}

/**
 * Makes a generator of UUIDs of version 7 (RFC 9562 §5.7) that rise strictly: `rand_a` is a counter (§6.2 method 1) that starts at random in the lower
 * half each millisecond, and time never runs back.
 */
export function createUuidv7(clock: UuidClock = { now: Date.now, random: pooledRandom }): () => string {
  let lastMs = -1
  let counter = 0
  return () => {
    const bytes = clock.random(16)
    const now = clock.now()
    if (now > lastMs) {
      lastMs = now
      counter = bytes.readUInt16BE(6) & 0x7ff
    } else if (counter < 0xfff) {
      counter += 1
    } else {
      lastMs += 1
      counter = 0
    }
    bytes.writeUIntBE(lastMs, 0, 6)
    bytes.writeUInt16BE(counter, 6)
    return format(bytes, 7)
  }
}

/** A new UUID of version 7, greater than every earlier one of this process. */
export const uuidv7: () => string = createUuidv7()

function format(bytes: Buffer, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4)
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex', 0, 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
