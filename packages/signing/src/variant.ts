import type { Variant } from './scheme.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The body in one of its forms; undefined when it has no such form, or when it is no other than the raw one.
 *
 * `compact` accepts every JSON text of the same meaning (spaces, escapes, numbers beyond 2^53, repeated keys), so a scheme lists it
 * only where the sender's own documents leave open which bytes it signs, and always after `raw`. It also costs a parse of a body that
 * nobody has vouched for (1 MB made for it took up to 50 ms, where the digest takes 0.5), so callers are limited before they are verified.
 */
export function bodyAs(variant: Variant, body: Buffer): Buffer | undefined {
  return variant === 'raw' ? body : compact(body)
}

function compact(body: Buffer): Buffer | undefined {
  try {
    const bytes = Buffer.from(JSON.stringify(JSON.parse(utf8.decode(body))), 'utf8')
    return bytes.equals(body) ? undefined : bytes
  } catch {
    // No JSON, no UTF-8, or nested too deeply to be written again: there is no compact form then, and nothing to tell.
    return undefined
  }
}
