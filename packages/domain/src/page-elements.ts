const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const openers = new Set([0x5b, 0x7b])
const closers = new Set([0x5d, 0x7d])
const OPEN_ARRAY = 0x5b

/**
 * The bytes of each element of the array that a top-level member of a JSON object holds, as they were sent: views, no copies. For what has been
 * parsed already: of bytes that are no JSON the answer means nothing. Empty when there is no such member or it is no array; of a name that comes
 * twice the last one counts, as in `JSON.parse`.
 */
export function elementsOf(bytes: Buffer, member: string): Buffer[] {
  let elements: Buffer[] = []
  let depth = 0
  let isWanted = false
  let start = -1
  const end = (at: number) => {
    if (start >= 0) elements.push(trimmed(bytes.subarray(start, at)))
    start = -1
  }
  for (let position = 0; position < bytes.length; position++) {
    const byte = bytes[position] ?? 0
    if (isWanted && depth === 2 && start < 0 && byte > 0x20 && !closers.has(byte) && byte !== COMMA) start = position
    if (byte === QUOTE) {
      const close = endOfString(bytes, position)
      if (depth === 1) {
        const value = valueAfterName(bytes, close)
        if (value !== null) {
          isWanted = nameOf(bytes, position, close) === member && bytes[value] === OPEN_ARRAY
          if (isWanted) elements = []
        }
      }
      position = close - 1
    } else if (openers.has(byte)) depth++
    else if (closers.has(byte)) {
      if (isWanted && depth === 2) {
        end(position)
        isWanted = false
      }
      depth--
    } else if (byte === COMMA && isWanted && depth === 2) end(position)
  }
  return elements
}

/** One past the closing quote of the string that begins at `from`. */
function endOfString(bytes: Buffer, from: number): number {
  let position = from + 1
  while (position < bytes.length && bytes[position] !== QUOTE) position += bytes[position] === BACKSLASH ? 2 : 1
  return position + 1
}

/** Where the value begins when a colon follows, so that the string was a name; else null. */
function valueAfterName(bytes: Buffer, from: number): number | null {
  const colon = skipSpace(bytes, from)
  return bytes[colon] === COLON ? skipSpace(bytes, colon + 1) : null
}

function nameOf(bytes: Buffer, from: number, to: number): unknown {
  return JSON.parse(bytes.toString('utf8', from, to))
}

function skipSpace(bytes: Buffer, from: number): number {
  let position = from
  while ((bytes[position] ?? 0x21) <= 0x20) position++
  return position
}

function trimmed(bytes: Buffer): Buffer {
  let length = bytes.length
  while (length > 0 && (bytes[length - 1] ?? 0) <= 0x20) length--
  return bytes.subarray(0, length)
}
