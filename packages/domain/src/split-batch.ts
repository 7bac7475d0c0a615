import { DomainError } from './errors.ts'
import { readJson } from './parse-json.ts'

/** Most events that one request may carry. */
export const MAX_BATCH_SIZE = 1_000

/** One event of a request. */
export interface BatchItem {
  /** The event's own bytes exactly as sent; a view on the body, no copy. */
  readonly bytes: Buffer
  readonly json: unknown
  /** Place in the request's array; 0 when the body is no array. */
  readonly index: number
}

export interface Batch {
  /** True when the body is a JSON array, even of one element. */
  readonly isArray: boolean
  readonly items: readonly BatchItem[]
}

/**
 * Reads a request body: a top-level array gives one item an element (an empty array none), anything else one item with the whole body.
 * Throws DomainError: the codes of `parseJson` (400), or `MR_DOMAIN_BATCH_TOO_LONG` (413) above `maxItems`.
 */
export function readBatch(bytes: Buffer, maxItems: number = MAX_BATCH_SIZE): Batch {
  const { elements, value } = readJson(bytes)
  if (elements === null) return { isArray: false, items: [{ bytes, json: value, index: 0 }] }
  if (elements.length > maxItems) {
    throw new DomainError(
      'MR_DOMAIN_BATCH_TOO_LONG',
      `The body is an array of ${elements.length} events; one request may hold at most ${maxItems}`,
    )
  }
  const values = value as readonly unknown[]
  return {
    isArray: true,
    items: elements.map(([start, end], index) => ({ bytes: bytes.subarray(start, end), json: values[index], index })),
  }
}

/** The bytes of each event in a body; see `readBatch`, which also gives the parsed values. */
export function splitBatch(bytes: Buffer, maxItems: number = MAX_BATCH_SIZE): Buffer[] {
  return readBatch(bytes, maxItems).items.map((item) => item.bytes)
}
