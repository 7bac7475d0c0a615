import { isUtf8 } from 'node:buffer'
import { DomainError } from './errors.ts'
import { type JsonScan, scanJson } from './scan-json.ts'

/** Deepest nesting of arrays and objects that a body may have. Front's and ClickUp's stay below 12. */
export const MAX_JSON_DEPTH = 100
/**
 * Most values and most members of objects that a body may have: parsing costs time by these rather than by bytes. A megabyte of distinct names took
 * 120 ms where ordinary text takes 5. Front's and ClickUp's payloads have 23 to 32 bytes a member, so a whole megabyte of them fits.
 */
export const MAX_JSON_VALUES = 100_000
export const MAX_JSON_NAMES = 50_000

export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: DomainError }

/** Checks and parses; throws DomainError. `__proto__` becomes an own key (JSON.parse), so that it changes no prototype. */
export function readJson(bytes: Buffer, maxDepth: number = MAX_JSON_DEPTH): JsonScan & { value: unknown } {
  if (bytes.length === 0) throw new DomainError('MR_DOMAIN_BODY_EMPTY', 'The body is empty, expected JSON', 0)
  if (!isUtf8(bytes)) throw new DomainError('MR_DOMAIN_BODY_NOT_UTF8', 'The body is not valid UTF-8')
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new DomainError('MR_DOMAIN_BODY_BOM', 'The body starts with a byte order mark at offset 0', 0)
  }
  const text = bytes.toString('utf8')
  if (bytes.length <= SMALL_BYTES && !isMaybeArray(text) && !isMaybeDeep(text, maxDepth)) {
    const parsed = parsedOnly(text)
    if (parsed !== undefined) return { elements: null, value: parsed.value }
  }
  const bounds = { depth: maxDepth, values: MAX_JSON_VALUES, names: MAX_JSON_NAMES }
  return { ...scanJson(bytes, bounds), value: JSON.parse(text) }
}

/** A text this long has at most half as many values and a fifth as many names, whatever it holds: no bound can be broken. */
const SMALL_BYTES = MAX_JSON_VALUES

/** The scan has to find the elements of an array. */
function isMaybeArray(text: string): boolean {
  let start = 0
  while (text.charCodeAt(start) <= 0x20) start += 1
  return text[start] === '['
}

/** A text with no more brackets than levels are allowed is not too deep. Those inside of strings count too: then the scan decides. */
function isMaybeDeep(text: string, maxDepth: number): boolean {
  let brackets = 0
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      brackets += 1
      if (brackets > maxDepth) return true
    }
  }
  return false
}

/** Undefined for what is no JSON: the scan tells the place. V8 parses faster than the scan looks. */
function parsedOnly(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/**
 * Parses one JSON text strictly: valid UTF-8 without byte order mark, RFC 8259, at most `maxDepth` levels and no more values and names than a body may
 * have. Never throws; the error's message names the rule and the place (byte offset), never the content.
 */
export function parseJson(bytes: Buffer, maxDepth: number = MAX_JSON_DEPTH): ParsedJson {
  try {
    return { ok: true, value: readJson(bytes, maxDepth).value }
  } catch (error) {
    if (error instanceof DomainError) return { ok: false, error }
    throw error
  }
}
