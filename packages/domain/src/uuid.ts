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

/**
 * Makes a generator of UUIDs of version 7 (RFC 9562 §5.7) that rise strictly: `rand_a` is a counter (§6.2 method 1) that starts at random in the lower
 * half each millisecond, and time never runs back.
 */
export function createUuidv7(clock: UuidClock = { now: Date.now, random: randomBytes }): () => string {
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
  const uuid = Buffer.from(bytes.subarray(0, 16))
  uuid[6] = ((uuid[6] ?? 0) & 0x0f) | (version << 4)
  uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80
  return uuid.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
