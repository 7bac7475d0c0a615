import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from './random.ts'
import { postBytes } from './raw-http/index.ts'
import { signFront } from './sign-samples.ts'

/** One request made to break something. */
export interface FuzzInput {
  /** What was done to it, for the count by kind. */
  readonly kind: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** The whole request as bytes, where head and body alone would not say it. */
  readonly raw?: Buffer
}

export interface FuzzOptions {
  readonly random: Random
  readonly path: string
  readonly secret: string
}

const MAX_BYTES = 1_048_576
const fixtures = join(import.meta.dirname, '../fixtures')
const samples = ['front', 'make', 'clickup'].flatMap((folder) =>
  readdirSync(join(fixtures, folder)).map((name) => readFileSync(join(fixtures, folder, name))),
)
/** What parsers stumble over. */
const tokens = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u',
  '\\ud83d',
  '\\ude00',
  'null',
  'true',
  '-',
  '1e999',
  '-0',
  '0.1e-400',
  '\0',
  '\t',
  '\ufeff',
  '\u2028',
  '\uffff',
  '"__proto__":',
  '"constructor":',
  '"toString":',
  '"id":',
  '"type":',
  '"payload":',
  '"conversation":',
  'evt_',
  'cnv_',
  '{"id":',
  '[[',
  '{}',
  '[]',
  '""',
  '\\u0000',
  'é',
  '😀',
]

/** Endless inputs, the same for the same seed: samples with bytes, tokens and values changed, texts of JSON of all shapes, bombs, headers, heads. */
export function* fuzzInputs(options: FuzzOptions): Generator<FuzzInput> {
  const { random } = options
  for (;;) {
    const [kind, body] = bodyOf(random)
    const how = random()
    if (how < 0.6) yield { kind: `signed ${kind}`, body, headers: signFront(body, 'app', options.secret) }
    else if (how < 0.8)
      yield {
        kind: 'headers',
        body,
        headers: mutatedHeaders(
          random,
          signFront(body, pick(random, ['app', 'rule', 'plain'] as const), options.secret),
        ),
      }
    else yield { kind: 'head', body, headers: {}, raw: mutatedHead(options, body) }
  }
}

function bodyOf(random: Random): readonly [string, Buffer] {
  const how = random()
  if (how < 0.22) return ['sample, bytes changed', changedBytes(random, pick(random, samples))]
  if (how < 0.4) return ['sample, tokens put in', withTokens(random, pick(random, samples))]
  if (how < 0.65) return ['sample, values changed', changedValues(random, pick(random, samples))]
  if (how < 0.8) return ['JSON of any shape', Buffer.from(JSON.stringify(anyValue(random, 6)))]
  if (how < 0.9) return ['bytes', Buffer.from(Array.from({ length: upTo(random, 300) }, () => upTo(random, 256)))]
  if (how < 0.97)
    return ['tokens', Buffer.from(Array.from({ length: upTo(random, 200) }, () => pick(random, tokens)).join(''))]
  return ['bomb', bomb(random)]
}

function changedBytes(random: Random, sample: Buffer): Buffer {
  const bytes = Buffer.from(sample)
  for (let left = 1 + upTo(random, 8); left > 0; left--) bytes[upTo(random, bytes.length)] = upTo(random, 256)
  return random() < 0.2 ? bytes.subarray(0, upTo(random, bytes.length)) : bytes
}

function withTokens(random: Random, sample: Buffer): Buffer {
  let text = sample.toString()
  for (let left = 1 + upTo(random, 6); left > 0; left--) {
    const at = upTo(random, text.length)
    text = text.slice(0, at) + pick(random, tokens) + text.slice(at + upTo(random, 3))
  }
  return Buffer.from(text)
}

/** Still JSON, in one of the forms that JSON has, so that it is read to the end. */
function changedValues(random: Random, sample: Buffer): Buffer {
  let left = 1 + upTo(random, 5)
  const chance = left / (sample.length / 30)
  const changed = JSON.parse(sample.toString(), (_, value: unknown) => {
    if (left === 0 || random() > chance) return value
    left--
    return anyValue(random, 3)
  })
  const text = JSON.stringify(changed, null, pick(random, [0, 0, 2, '\t', '\r\n']))
  return Buffer.from(random() < 0.3 ? text.replaceAll(TEXT, (token) => escaped(random, token)) : text)
}

const TEXT = /"(?:[^"\\]|\\.)*"/g

/** Any letter of a text may be written by its number. */
function escaped(random: Random, token: string): string {
  return token.replaceAll(/\\u....|\\.|\w/g, (piece) =>
    piece.length === 1 && random() < 0.1 ? `\\u${piece.charCodeAt(0).toString(16).padStart(4, '0')}` : piece,
  )
}

function anyValue(random: Random, depth: number): unknown {
  const how = random()
  if (depth > 0 && how < 0.3) return Array.from({ length: upTo(random, 5) }, () => anyValue(random, depth - 1))
  if (depth > 0 && how < 0.65) {
    const names = [
      'id',
      'type',
      'payload',
      'conversation',
      'conversation_id',
      'target',
      'source',
      '_meta',
      'data',
      'emitted_at',
      'task',
      'custom_fields',
      '__proto__',
      'length',
      '0',
      '',
    ]
    return Object.fromEntries(
      Array.from({ length: upTo(random, 6) }, () => [pick(random, names), anyValue(random, depth - 1)]),
    )
  }
  return pick(random, [
    null,
    true,
    0,
    -1,
    1e308,
    1e-7,
    2 ** 53,
    1_719_158_400.5,
    '',
    'evt_1',
    'cnv_1',
    'inbound',
    'a'.repeat(300),
    '\ud800',
    '\0',
    '2026-13-45',
    [],
    {},
  ])
}

/** Small in bytes for its trouble, up to a megabyte. */
function bomb(random: Random): Buffer {
  const room = random() < 0.2 ? MAX_BYTES - 20 : 60_000
  const many = (piece: string) =>
    Array(Math.floor(room / (piece.length + 1)))
      .fill(piece)
      .join(',')
  const named = () => Array.from({ length: Math.floor(room / 10) }, (_, n) => `"${n.toString(36)}":0`).join(',')
  const text = pick(random, [
    () => '['.repeat(room),
    () => '{"a":'.repeat(Math.floor(room / 5)),
    () => `{"a":[${many('[]')}]}`,
    () => `{"a":[${many('{"a":{}}')}]}`,
    () => `[${many('1')}]`,
    () => `{${named()}}`,
    () => `{${many('"a":1')}}`,
    () => `{"a":${'9'.repeat(room)}}`,
    () => `{"a":-0.${'0'.repeat(room)}1e-9}`,
    () => `{"a":"${'\\ud83d\\ude00'.repeat(Math.floor(room / 12))}"}`,
    () => `{"a":"${'\\u0000'.repeat(Math.floor(room / 6))}"}`,
    () => `{"a":"${'x'.repeat(room)}"}`,
    () => ' '.repeat(room),
  ])()
  return Buffer.from(text)
}

function mutatedHeaders(random: Random, headers: Readonly<Record<string, string>>): Record<string, string> {
  const changed: Record<string, string> = { ...headers }
  const names = [
    ...Object.keys(headers),
    'content-type',
    'content-encoding',
    'idempotency-key',
    'traceparent',
    'x-forwarded-for',
    'x-front-challenge',
    'x-front-event-id',
    'user-agent',
    'accept',
    'cookie',
  ]
  for (let left = 1 + upTo(random, 3); left > 0; left--) changed[pick(random, names)] = headerValue(random)
  return changed
}

/** Any that HTTP allows in a value. */
function headerValue(random: Random): string {
  const known = [
    '',
    ' ',
    '0',
    '-1',
    '1e400',
    'sha256=',
    'v1,',
    '=',
    'AAAA',
    'gzip',
    'identity',
    'a'.repeat(3_000),
    '00-0-0-0',
    '127.0.0.1, ::1',
    'text/html; charset=utf-16',
  ]
  if (random() < 0.5) return pick(random, known)
  return Array.from({ length: upTo(random, 80) }, () => String.fromCharCode(0x20 + upTo(random, 0x5f)))
    .join('')
    .trim()
}

function mutatedHead({ random, path, secret }: FuzzOptions, body: Buffer): Buffer {
  const request = postBytes(path, body, signFront(body, 'app', secret))
  const headLength = request.indexOf('\r\n\r\n') + 4
  const pieces = [
    '\r',
    '\n',
    '\r\n',
    '\0',
    ':',
    ' ',
    '\t',
    'HTTP/1.1',
    'transfer-encoding: chunked\r\n',
    'content-length: 1\r\n',
    'expect: 100-continue\r\n',
    'connection: close\r\n',
    'upgrade: h2c\r\n',
    'host: y\r\n',
    '%',
    '..',
    '/',
    '\xff',
    'x: y\r\n z\r\n',
  ]
  let head = request.toString('latin1', 0, headLength)
  for (let left = 1 + upTo(random, 3); left > 0; left--) {
    const at = upTo(random, head.length)
    head = head.slice(0, at) + pick(random, pieces) + head.slice(at + upTo(random, 2))
  }
  return Buffer.concat([Buffer.from(head, 'latin1'), request.subarray(headLength)])
}

function upTo(random: Random, end: number): number {
  return Math.floor(random() * end)
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[upTo(random, values.length)] as T
}
