import { brotliDecompressSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import type { MistakeName } from './mistakes.ts'

/** A body that the sender may have signed in place of the one that arrived. */
export interface SuspectBody {
  readonly body: Buffer
  readonly mistake: MistakeName
}

const bom = Buffer.from([0xef, 0xbb, 0xbf])
/** Decompression stops here: the sender is nobody yet. */
const maxUnpacked = 262_144
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Other bodies that `body` may have been when it was signed, the smallest change first. Each is made only when it is asked for. */
export function* suspectBodies(body: Buffer): Generator<SuspectBody> {
  const text = readText(body)
  const latin = body.toString('latin1')
  const bare = latin.trimEnd()
  for (const changed of [bare, `${bare}\n`, `${bare}\r\n`, latin.trim(), `${latin}\n`, `${latin}\r\n`])
    if (changed !== latin) yield { body: Buffer.from(changed, 'latin1'), mistake: 'body-newline' }
  for (const changed of [latin.replaceAll('\r\n', '\n'), latin.replaceAll(/\r?\n/g, '\r\n')])
    if (changed !== latin) yield { body: Buffer.from(changed, 'latin1'), mistake: 'body-line-ends' }
  yield {
    body: body.subarray(0, 3).equals(bom) ? body.subarray(3) : Buffer.concat([bom, body]),
    mistake: 'body-bom',
  }
  const isLatin = text !== undefined && Buffer.from(text, 'latin1').toString('latin1') === text
  if (isLatin && !isAscii(body)) yield { body: Buffer.from(text, 'latin1'), mistake: 'body-charset' }
  if (!isAscii(body)) yield { body: Buffer.from(latin, 'utf8'), mistake: 'body-charset' }
  for (const make of text === undefined ? [] : rewritings(text)) {
    const other = make()
    if (other !== undefined && other !== text) yield { body: Buffer.from(other), mistake: 'json-reserialised' }
  }
  for (const change of [gunzipSync, inflateSync, brotliDecompressSync, gzipSync, deflateSync]) {
    const packed = attempt(() => change(body, { maxOutputLength: maxUnpacked }))
    if (packed !== undefined) yield { body: packed, mistake: 'body-compressed' }
  }
  if (body.length > 0) yield { body: Buffer.alloc(0), mistake: 'body-not-signed' }
}

/** The same JSON as several languages write it by default. */
function rewritings(text: string): (() => string | undefined)[] {
  const value = attempt(() => ({ json: JSON.parse(text.replace(/^\ufeff/, '')) as unknown }))
  if (value === undefined) return []
  const { json } = value
  const compact = () => attempt(() => JSON.stringify(json))
  return [
    compact,
    () => attempt(() => spaced(json)),
    () => attempt(() => ascii(spaced(json))),
    () => attempt(() => JSON.stringify(json, null, 2)),
    () => attempt(() => JSON.stringify(json, null, 4)),
    () => attempt(() => JSON.stringify(sorted(json))),
    () => attempt(() => spaced(sorted(json))),
    () => attempt(() => ascii(spaced(sorted(json)))),
    () => attempt(() => ascii(JSON.stringify(json))),
    // PHP's json_encode.
    () => attempt(() => ascii(JSON.stringify(json)).replaceAll('/', '\\/')),
    // Go and .NET escape what could end a script element.
    () => attempt(() => JSON.stringify(json).replaceAll(/[<>&]/g, escapeUnit)),
  ]
}

/** As Python's json.dumps: a space after each comma and colon. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, item]) => `${JSON.stringify(name)}: ${spaced(item)}`)
    .join(', ')}}`
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, item]) => [name, sorted(item)]))
}

function ascii(json: string): string {
  return json.replaceAll(/[\u0080-\uffff]/g, escapeUnit)
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function isAscii(body: Buffer): boolean {
  return !body.some((byte) => byte > 0x7f)
}

function readText(body: Buffer): string | undefined {
  return attempt(() => utf8.decode(body))
}

/** What cannot be made of this body (no JSON, no gzip, too deep, too large) was not signed either. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
