import { GatewayError } from './errors.ts'

/** A body whose first bytes, or none, came with the head of its request. */
export interface ComingBody {
  /** Rejects when the rest does not come. */
  readonly body: Promise<Buffer>
  /** `performance.now()` when its head came. */
  readonly since: number
  /** Takes what belongs to the body and answers with what follows it; undefined while bytes are missing. */
  add(chunk: Buffer): Buffer | undefined
  /** Nothing more will come, or not in time. */
  fail(code: 'MR_GATEWAY_BAD_REQUEST' | 'MR_GATEWAY_SLOW_REQUEST'): void
}

/** Gathers a body of a known, modest length. */
export function createComingBody(length: number, first: Buffer): ComingBody {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const bytes = Buffer.allocUnsafe(length)
  let filled = first.copy(bytes)
  // Whoever is refused by the head alone is not waited for.
  promise.catch(() => {})
  return {
    body: promise,
    since: performance.now(),
    add(chunk) {
      const used = chunk.copy(bytes, filled)
      filled += used
      if (filled < length) return undefined
      resolve(bytes)
      return chunk.subarray(used)
    },
    fail: (code) => reject(new GatewayError(code)),
  }
}
