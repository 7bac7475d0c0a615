import { type CompactResult, type Sink, writeCompact } from './compact-json.ts'
import type { Variant } from './scheme.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** What may be parsed for somebody who has proven nothing yet: less than a millisecond. */
const MAX_PARSED_BYTES = 65_536

/**
 * Hands on the body in one of its forms. `same`: it is no other than the raw one.
 *
 * `compact` is the body as `JSON.stringify(JSON.parse(body))` would write it. It accepts every JSON text of the same meaning (spaces,
 * escapes, other forms of a number), so a scheme lists it only where the sender's own documents leave open which bytes it signs, and
 * always after `raw`. It is made in one pass over the bytes, for a forged body costs it too. What such a pass cannot do is `reordered`.
 */
export function writeVariant(variant: Variant, body: Buffer, sink: Sink): CompactResult {
  if (variant === 'compact') return writeCompact(body, sink)
  sink(body)
  return 'written'
}

/** The compact form of a body in which names change their places, where it is small enough to be parsed. */
export function reorderedForm(body: Buffer): Buffer | undefined {
  if (body.length > MAX_PARSED_BYTES) return undefined
  try {
    return Buffer.from(JSON.stringify(JSON.parse(utf8.decode(body))), 'utf8')
  } catch {
    // No JSON, no UTF-8, or nested too deeply to be written again: there is no compact form then, and nothing to tell.
    return undefined
  }
}

/** The body in one of its forms as one Buffer; undefined when it has no such form, or no other than the raw one. */
export function bodyAs(variant: Variant, body: Buffer): Buffer | undefined {
  if (variant === 'raw') return body
  const pieces: Buffer[] = []
  const result = writeVariant(variant, body, (piece) => pieces.push(Buffer.from(piece)))
  if (result === 'reordered') return reorderedForm(body)
  return result === 'written' ? Buffer.concat(pieces) : undefined
}
