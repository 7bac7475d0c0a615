import { DomainError } from './errors.ts'

/** Where the elements of a top-level array lie: `[start, end)` in bytes. `elements` is null when the text is no array. */
export interface JsonScan {
  readonly elements: readonly (readonly [number, number])[] | null
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const COMMA = 0x2c
const COLON = 0x3a
const literals = new Map([
  [0x74, Buffer.from('true')],
  [0x66, Buffer.from('false')],
  [0x6e, Buffer.from('null')],
])
const escapes = new Set(Buffer.from('"\\/bfnrt'))

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

function isHexDigit(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)
}

function fail(bytes: Buffer, offset: number, expected: string): never {
  const place = offset >= bytes.length ? 'the body ends' : `unexpected byte at offset ${offset}`
  throw new DomainError('MR_DOMAIN_BODY_NOT_JSON', `Not JSON: ${place}, expected ${expected}`, offset)
}

/** What a JSON text may hold at most. */
export interface JsonBounds {
  readonly depth: number
  /** Values of every kind, in all levels together. */
  readonly values: number
  /** Members of objects, in all levels together. */
  readonly names: number
}

/**
 * Checks that UTF-8 bytes are one JSON text (RFC 8259) within the bounds, and finds the elements of a top-level array. It accepts
 * exactly what `JSON.parse` accepts, but says where a text goes wrong without quoting it (V8's messages quote the body and often name no place).
 * Iterative, so no input exhausts the stack. Throws DomainError `MR_DOMAIN_BODY_NOT_JSON`, `MR_DOMAIN_BODY_TOO_DEEP` or `MR_DOMAIN_BODY_TOO_COMPLEX`.
 */
export function scanJson(bytes: Buffer, bounds: JsonBounds): JsonScan {
  const maxDepth = bounds.depth
  let values = 0
  let names = 0
  const open: number[] = []
  const elements: [number, number][] = []
  const first = skipSpace(bytes, 0)
  const isArray = bytes[first] === OPEN_ARRAY
  let position = first
  let elementStart = -1

  for (;;) {
    if (isArray && open.length === 1 && elementStart < 0) elementStart = position
    if (open.at(-1) === CLOSE_OBJECT) names += 1
    values += 1
    if (values > bounds.values || names > bounds.names) tooComplex(bounds, position)
    const opening = bytes[position]
    if (opening === OPEN_ARRAY || opening === OPEN_OBJECT) {
      if (open.length >= maxDepth) {
        throw new DomainError(
          'MR_DOMAIN_BODY_TOO_DEEP',
          `Nested deeper than ${maxDepth} levels at offset ${position}`,
          position,
        )
      }
      const next = skipSpace(bytes, position + 1)
      const closing = opening === OPEN_ARRAY ? CLOSE_ARRAY : CLOSE_OBJECT
      if (bytes[next] !== closing) {
        open.push(closing)
        position = opening === OPEN_OBJECT ? skipName(bytes, next) : next
        continue
      }
      position = next + 1
    } else {
      position = skipScalar(bytes, position)
    }
    for (;;) {
      if (isArray && open.length === 1) {
        elements.push([elementStart, position])
        elementStart = -1
      }
      position = skipSpace(bytes, position)
      const closing = open.at(-1)
      if (closing === undefined) {
        if (position < bytes.length) fail(bytes, position, 'the end')
        return { elements: isArray ? elements : null }
      }
      if (bytes[position] === COMMA) {
        position = skipSpace(bytes, position + 1)
        if (closing === CLOSE_OBJECT) position = skipName(bytes, position)
        break
      }
      if (bytes[position] !== closing) fail(bytes, position, `"," or "${String.fromCharCode(closing)}"`)
      open.pop()
      position += 1
    }
  }
}

function tooComplex({ values, names }: JsonBounds, offset: number): never {
  const rule = `More than ${values} values or ${names} members of objects`
  throw new DomainError('MR_DOMAIN_BODY_TOO_COMPLEX', `${rule} at offset ${offset}`, offset)
}

function skipSpace(bytes: Buffer, from: number): number {
  let position = from
  while (isSpace(bytes[position])) position += 1
  return position
}

function skipName(bytes: Buffer, from: number): number {
  if (bytes[from] !== QUOTE) fail(bytes, from, 'a name in double quotes')
  const colon = skipSpace(bytes, skipString(bytes, from))
  if (bytes[colon] !== COLON) fail(bytes, colon, '":"')
  return skipSpace(bytes, colon + 1)
}

function skipScalar(bytes: Buffer, from: number): number {
  const byte = bytes[from]
  if (byte === QUOTE) return skipString(bytes, from)
  const literal = byte === undefined ? undefined : literals.get(byte)
  if (literal === undefined) return skipNumber(bytes, from)
  if (!bytes.subarray(from, from + literal.length).equals(literal)) fail(bytes, from, 'a value')
  return from + literal.length
}

function skipString(bytes: Buffer, from: number): number {
  let position = from + 1
  for (;;) {
    const byte = bytes[position]
    if (byte === QUOTE) return position + 1
    if (byte === undefined || byte < 0x20) fail(bytes, position, 'the rest of a string')
    position = byte === BACKSLASH ? skipEscape(bytes, position + 1) : position + 1
  }
}

function skipEscape(bytes: Buffer, from: number): number {
  const byte = bytes[from]
  if (byte !== undefined && escapes.has(byte)) return from + 1
  if (byte !== 0x75) fail(bytes, from, 'an escape')
  for (let digit = from + 1; digit <= from + 4; digit += 1) {
    if (!isHexDigit(bytes[digit])) fail(bytes, digit, 'a hexadecimal digit')
  }
  return from + 5
}

function skipNumber(bytes: Buffer, from: number): number {
  let position = bytes[from] === 0x2d ? from + 1 : from
  if (!isDigit(bytes[position])) fail(bytes, position, position === from ? 'a value' : 'a digit')
  position = bytes[position] === 0x30 ? position + 1 : skipDigits(bytes, position)
  if (bytes[position] === 0x2e) position = skipDigits(bytes, position + 1)
  if (bytes[position] === 0x65 || bytes[position] === 0x45) {
    const sign = bytes[position + 1]
    position = skipDigits(bytes, sign === 0x2b || sign === 0x2d ? position + 2 : position + 1)
  }
  return position
}

function skipDigits(bytes: Buffer, from: number): number {
  if (!isDigit(bytes[from])) fail(bytes, from, 'a digit')
  let position = from
  while (isDigit(bytes[position])) position += 1
  return position
}
