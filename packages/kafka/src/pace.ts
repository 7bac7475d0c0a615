/** What a lane learns from its requests about how much its broker takes. */
export interface Pace {
  /** Bytes that one request may have, so that those behind it do not wait for it too long. */
  batchBytes(): number
  /** A request of so many bytes was answered after so many milliseconds. */
  answered(bytes: number, ms: number): void
  /** Milliseconds until so many bytes have been taken; 0 while nothing is known. */
  timeFor(bytes: number): number
}

const MAX_BATCH_BYTES = 512 * 1024
/** A request below this takes the time of the way there and back, so a smaller one would take no less. */
const MIN_BATCH_BYTES = 128 * 1024
/** A record waits for the request before its own and for its own: both have to fit beside the wait in the queue. */
const LONGEST_MS = 300
/** Smaller requests tell nothing about the rate, for the same reason. */
const TELLING_BYTES = 64 * 1024
/** Weight of the newest request. */
const NEWEST = 0.3

export function createPace(): Pace {
  let limit = MAX_BATCH_BYTES
  let bytesPerMs = Number.POSITIVE_INFINITY
  return {
    batchBytes: () => limit,
    answered(bytes, ms) {
      if (ms > LONGEST_MS && bytes > MIN_BATCH_BYTES) limit = Math.max(MIN_BATCH_BYTES, (bytes * LONGEST_MS) / ms)
      else if (ms < LONGEST_MS / 2 && bytes > limit * 0.8) limit = Math.min(MAX_BATCH_BYTES, limit * 2)
      if (bytes < TELLING_BYTES) return
      const rate = bytes / Math.max(1, ms)
      bytesPerMs = bytesPerMs === Number.POSITIVE_INFINITY ? rate : bytesPerMs * (1 - NEWEST) + rate * NEWEST
    },
    timeFor: (bytes) => bytes / bytesPerMs,
  }
}
