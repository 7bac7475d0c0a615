/** Receives the compact text piece by piece. A piece is only valid during the call: its memory is used again. */
export type Sink = (piece: Buffer) => void

/**
 * `same`: the text is compact already; nothing was written. `none`: there is no compact form, or none that can be had in one pass; what
 * was written is void. `reordered`: as `none`, because names of an object that look like numbers would change their places.
 */
export type CompactResult = 'written' | 'same' | 'none' | 'reordered'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const MINUS = 0x2d
const SLASH = 0x2f
const ZERO = 0x30
const COLON = 0x3a
const U = 0x75

const SCRATCH_BYTES = 65_536
/** More than any one token that is written anew takes: a number (25) or an escape (12). */
const ROOM = 32
const MAX_DEPTH = 128
/** Within so many bytes a loop finds the end of a string faster than a search does. */
const NEAR = 24
/** Numbers that are not as JSON.stringify writes them cost about 0.3 µs each; no sender writes so many. */
const MAX_ODD_NUMBERS = 10_000
/** Names below this are array indices, which come first and in order: https://tc39.es/ecma262/#array-index */
const NO_INDEX = 4_294_967_295

const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
const lastIndex = new Float64Array(MAX_DEPTH)
const numberText = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
/** At most 15 digits, not below a millionth and not ending in zero (looked at besides): written as it stands. */
const plainFraction = /^-?(?:[1-9]\d{0,9}\.\d{1,5}|0\.0{0,5}[1-9]\d{0,8})$/
const shortEscapes = new Map(
  Object.entries({ b: 0x08, t: 0x09, n: 0x0a, f: 0x0c, r: 0x0d }).map(([letter, code]) => [code, letter.charCodeAt(0)]),
)

/** 1: white space, 2: structure, 0: part of a value. */
const kinds = new Uint8Array(256)
for (const byte of Buffer.from(' \t\n\r')) kinds[byte] = 1
for (const byte of Buffer.from('{}[],:"')) kinds[byte] = 2

/**
 * Writes what `JSON.stringify(JSON.parse(text))` gives, in one pass without parsing: no white space, escapes and numbers in their shortest
 * form. Two things differ: names that an object has twice stay twice, and what is no JSON is found out only where it costs nothing (its
 * bytes then are no JSON either, so that nobody has signed them). The work is bounded by the length, whatever the text.
 */
export function writeCompact(text: Buffer, sink: Sink): CompactResult {
  const writer: Writer = { text, sink, length: 0, isChanged: false, quote: -1, backslash: -1 }
  let at = 0
  let depth = 0
  let oddNumbers = 0
  let wasValue = false
  while (at < text.length) {
    const byte = text[at] as number
    const kind = kinds[byte]
    if (kind === 1) {
      const next = skipSpace(text, at)
      // A space inside a value: without it the two halves would become another one.
      if (wasValue && next < text.length && kinds[text[next] as number] === 0) return 'none'
      change(writer, at)
      at = next
      continue
    }
    if (byte === QUOTE) {
      const start = at
      at = writeString(writer, at)
      if (at < 0) return 'none'
      if (text[skipSpace(text, at)] === COLON && !isInOrder(text, start, at, depth)) return 'reordered'
      wasValue = false
      continue
    }
    if (kind === 2) {
      if (byte === 0x7b || byte === 0x5b) {
        depth += 1
        if (depth >= MAX_DEPTH) return 'none'
        lastIndex[depth] = -1
      } else if (byte === 0x7d || byte === 0x5d) depth = Math.max(0, depth - 1)
      put(writer, byte)
      at += 1
      wasValue = false
      continue
    }
    if (wasValue) return 'none'
    wasValue = true
    const end = skipValue(text, at)
    if (byte === MINUS || (byte >= ZERO && byte < COLON)) {
      if (isPlainInteger(text, at, end)) copy(writer, at, end)
      else {
        oddNumbers += 1
        if (oddNumbers > MAX_ODD_NUMBERS || !writeNumber(writer, at, end)) return 'none'
      }
    } else copy(writer, at, end)
    at = end
  }
  if (!writer.isChanged) return 'same'
  flush(writer)
  return 'written'
}

interface Writer {
  readonly text: Buffer
  readonly sink: Sink
  /** Bytes in the scratch. */
  length: number
  /** False as long as the compact text is the beginning of the text itself; nothing is copied then. */
  isChanged: boolean
  /** The next of each at or after where it was last looked for; the text's length when there is none. */
  quote: number
  backslash: number
}

/** From here on the compact text is another one: what was equal so far is handed on as it is. */
function change(writer: Writer, at: number): void {
  if (writer.isChanged) return
  writer.isChanged = true
  if (at > 0) writer.sink(writer.text.subarray(0, at))
}

function flush(writer: Writer): void {
  if (writer.length > 0) writer.sink(scratch.subarray(0, writer.length))
  writer.length = 0
}

function put(writer: Writer, byte: number): void {
  if (!writer.isChanged) return
  if (writer.length >= SCRATCH_BYTES - ROOM) flush(writer)
  scratch[writer.length] = byte
  writer.length += 1
}

function copy(writer: Writer, from: number, to: number): void {
  if (!writer.isChanged) return
  const { text } = writer
  if (to - from > SCRATCH_BYTES - ROOM - writer.length) flush(writer)
  if (to - from > SCRATCH_BYTES - ROOM) {
    writer.sink(text.subarray(from, to))
    return
  }
  let { length } = writer
  // For the few bytes of most tokens a loop is faster than a call.
  if (to - from > 64) {
    text.copy(scratch, length, from, to)
    length += to - from
  } else for (let at = from; at < to; at++) scratch[length++] = text[at] as number
  writer.length = length
}

function skipSpace(text: Buffer, from: number): number {
  let at = from
  while (at < text.length && kinds[text[at] as number] === 1) at += 1
  return at
}

function skipValue(text: Buffer, from: number): number {
  let at = from
  while (at < text.length && kinds[text[at] as number] === 0) at += 1
  return at
}

/** What ends a run of plain characters in a string: a quote or a backslash. Looked for once each, so that no text is searched twice. */
function endOfRun(writer: Writer, at: number): number {
  const { text } = writer
  if (writer.quote < at) writer.quote = placeOf(text, QUOTE, at)
  if (writer.backslash < at) writer.backslash = placeOf(text, BACKSLASH, at)
  return Math.min(writer.quote, writer.backslash)
}

function placeOf(text: Buffer, byte: number, at: number): number {
  const place = text.indexOf(byte, at)
  return place < 0 ? text.length : place
}

/** The place after the closing quote; -1 when there is none. */
function writeString(writer: Writer, start: number): number {
  const { text } = writer
  let from = start
  let at = start + 1
  let near = at + NEAR
  while (at < text.length) {
    if (at >= near) {
      at = endOfRun(writer, at)
      near = at + NEAR
    }
    const byte = text[at]
    if (byte === QUOTE) {
      copy(writer, from, at + 1)
      return at + 1
    }
    if (byte !== BACKSLASH) {
      at += 1
      continue
    }
    const letter = text[at + 1]
    if (letter !== U && letter !== SLASH) {
      // Shortest already, or no escape at all.
      at += 2
      continue
    }
    const end = letter === SLASH ? at + 2 : endOfUnit(text, at)
    if (end < 0) return -1
    copy(writer, from, at)
    if (letter === SLASH) {
      change(writer, at)
      put(writer, SLASH)
    } else if (!writeUnit(writer, at, end)) return -1
    from = end
    at = end
  }
  return -1
}

/** The place after `\uXXXX`, or after two of them that are one character. */
function endOfUnit(text: Buffer, at: number): number {
  const high = unitAt(text, at)
  if (high < 0) return -1
  const low = high >= 0xd800 && high < 0xdc00 ? unitAt(text, at + 6) : -1
  return low >= 0xdc00 && low < 0xe000 ? at + 12 : at + 6
}

/** The number of `\uXXXX`; -1 where there is none. */
function unitAt(text: Buffer, at: number): number {
  if (text[at] !== BACKSLASH || text[at + 1] !== U || at + 6 > text.length) return -1
  let unit = 0
  for (let place = at + 2; place < at + 6; place++) {
    const digit = hexDigit(text[place] as number)
    if (digit < 0) return -1
    unit = unit * 16 + digit
  }
  return unit
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** Writes the escape from `at` to `end` as JSON.stringify would: the character itself, but for control characters and lone surrogates. */
function writeUnit(writer: Writer, at: number, end: number): boolean {
  const { text } = writer
  const unit = unitAt(text, at)
  const isPair = end - at === 12
  const isEscaped = unit < 0x20 || unit === QUOTE || unit === BACKSLASH || (unit >= 0xd800 && unit < 0xe000 && !isPair)
  const isSame = isEscaped && !shortEscapes.has(unit) && unit !== QUOTE && unit !== BACKSLASH && isLower(text, at + 2)
  if (isSame) {
    copy(writer, at, end)
    return true
  }
  change(writer, at)
  if (writer.length >= SCRATCH_BYTES - ROOM) flush(writer)
  const code = isPair ? 0x10000 + (unit - 0xd800) * 0x400 + (unitAt(text, at + 6) - 0xdc00) : unit
  if (isEscaped) return putEscape(writer, unit)
  putUtf8(writer, code)
  return true
}

function putEscape(writer: Writer, unit: number): boolean {
  put(writer, BACKSLASH)
  const short = shortEscapes.get(unit) ?? (unit === QUOTE || unit === BACKSLASH ? unit : undefined)
  if (short !== undefined) put(writer, short)
  else for (const byte of Buffer.from(`u${unit.toString(16).padStart(4, '0')}`)) put(writer, byte)
  return true
}

function putUtf8(writer: Writer, code: number): void {
  if (code < 0x80) put(writer, code)
  else if (code < 0x800) put(writer, 0xc0 | (code >> 6))
  else {
    if (code < 0x10000) put(writer, 0xe0 | (code >> 12))
    else {
      put(writer, 0xf0 | (code >> 18))
      put(writer, 0x80 | ((code >> 12) & 0x3f))
    }
    put(writer, 0x80 | ((code >> 6) & 0x3f))
  }
  if (code >= 0x80) put(writer, 0x80 | (code & 0x3f))
}

function isLower(text: Buffer, from: number): boolean {
  for (let at = from; at < from + 4; at++)
    if ((text[at] as number) >= 0x41 && (text[at] as number) <= 0x46) return false
  return true
}

/** An integer as it is always written: no zero before it, exact as a number, no minus zero. */
function isPlainInteger(text: Buffer, from: number, to: number): boolean {
  const first = text[from] === MINUS ? from + 1 : from
  if (to - first > 15 || to === first) return false
  for (let at = first; at < to; at++) {
    const byte = text[at] as number
    if (byte < ZERO || byte >= COLON) return false
  }
  return text[first] !== ZERO || (to - first === 1 && first === from)
}

function writeNumber(writer: Writer, from: number, to: number): boolean {
  // JSON.stringify writes at most 25 bytes, and whoever writes more than this means no number.
  if (to - from > 400) return false
  const before = writer.text.toString('latin1', from, to)
  if (before.at(-1) !== '0' && plainFraction.test(before)) {
    copy(writer, from, to)
    return true
  }
  if (!numberText.test(before)) return false
  const after = JSON.stringify(Number(before))
  if (after === before) {
    copy(writer, from, to)
    return true
  }
  change(writer, from)
  for (let at = 0; at < after.length; at++) put(writer, after.charCodeAt(at))
  return true
}

/** Whether a name stands where JSON.stringify would write it: array indices first, in their order. */
function isInOrder(text: Buffer, start: number, end: number, depth: number): boolean {
  const index = indexOf(text, start + 1, end - 1)
  const last = lastIndex[depth] as number
  lastIndex[depth] = index
  return index === NO_INDEX || index > last
}

/** The array index that the name between the quotes is, or `NO_INDEX`. */
function indexOf(text: Buffer, from: number, to: number): number {
  const first = text[from] as number
  // Ten digits at most, each of which an escape may hide.
  if (to === from || to - from > 60) return NO_INDEX
  if (first === BACKSLASH) return indexOfText(unescaped(text.toString('latin1', from, to)))
  if (first < ZERO || first >= COLON) return NO_INDEX
  let index = 0
  for (let at = from; at < to; at++) {
    const byte = text[at] as number
    if (byte === BACKSLASH) return indexOfText(unescaped(text.toString('latin1', from, to)))
    if (byte < ZERO || byte >= COLON || (first === ZERO && at > from)) return NO_INDEX
    index = Math.min(index * 10 + byte - ZERO, NO_INDEX)
  }
  return index
}

function indexOfText(name: string): number {
  return /^(?:0|[1-9]\d{0,9})$/.test(name) ? Math.min(Number(name), NO_INDEX) : NO_INDEX
}

function unescaped(raw: string): string {
  return raw.replace(/\\u([0-9a-fA-F]{4})/g, (_all, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)))
}
