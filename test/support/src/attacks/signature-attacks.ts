import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { postBytes } from '../raw-http/index.ts'
import { signFront } from '../sign-samples.ts'
import type { Attack, AttackTarget } from './attack.ts'

const HOUR = 3_600_000
const MIB = 1_048_576
/** Of zeros, which gzip makes a thousandth of. */
const BOMB_BYTES = 10_000_000

/** A webhook with an id of its own. */
export function freshBody(): Buffer {
  return Buffer.from(`{"type":"comment","id":"evt_${randomBytes(8).toString('hex')}","text":"${'x'.repeat(200)}"}`)
}

type Headers = Record<string, string>
type Change = (headers: Headers, body: Buffer, target: AttackTarget) => { headers?: Headers; body?: Buffer }

/** A signed request with one thing changed. */
function changed(name: string, expected: string, change: Change, group = 'signatures'): Attack {
  return {
    group,
    name,
    expected,
    parts: (target) => {
      const body = freshBody()
      const headers = signFront(body, 'app', target.secret)
      const after = { headers, body, ...change(headers, body, target) }
      return [postBytes(target.path, after.body, after.headers)]
    },
  }
}

function without(headers: Headers, name: string): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name))
}

const SIGNATURE = 'x-front-signature'
const TIMESTAMP = 'x-front-request-timestamp'

/** What claims to be a sender's. */
export const signatureAttacks: readonly Attack[] = [
  changed('signed as it should be', '200, open', () => ({})),
  // Before the other refused ones: the gateway looks for the cause of ten a minute.
  changed(
    'signed, then packed, and no header says so',
    '401 signature-mismatch, open',
    (_, body) => ({ body: gzipSync(body) }),
    'bodies',
  ),
  changed(
    'the same with a gzip bomb: 10 MB in 10 KB, unpacked only so far',
    '401 signature-mismatch, open',
    (_, _body, { secret }) => {
      const zeros = Buffer.alloc(BOMB_BYTES)
      return { headers: signFront(zeros, 'app', secret), body: gzipSync(zeros) }
    },
    'bodies',
  ),
  changed('forged: signed with another secret', '401 signature-mismatch, open', (_, body) => ({
    headers: signFront(body, 'app', 'another secret'),
  })),
  changed('forged: no signature', '401 signature-missing, open', (headers) => ({
    headers: without(headers, SIGNATURE),
  })),
  changed('forged: an empty signature', '401 signature-missing, open', (headers) => ({
    headers: { ...headers, [SIGNATURE]: '' },
  })),
  changed('forged: a signature of zeros', '401 signature-mismatch, open', (headers) => ({
    headers: { ...headers, [SIGNATURE]: Buffer.alloc(32).toString('base64') },
  })),
  changed('forged: a signature of 8 KB', '401 signature-malformed, open', (headers) => ({
    headers: { ...headers, [SIGNATURE]: 'A'.repeat(8_192) },
  })),
  changed('body changed by one byte', '401 signature-mismatch, open', (_, body) => ({
    body: Buffer.from(body.toString().replace('xxx', 'xxy')),
  })),
  changed('truncated: body shorter by a byte, length honest', '401 signature-mismatch, open', (_, body) => ({
    body: body.subarray(0, -1),
  })),
  changed('truncated: signature shorter by a byte', '401 signature-malformed, open', (headers) => ({
    headers: {
      ...headers,
      [SIGNATURE]: Buffer.from(headers[SIGNATURE] ?? '', 'base64')
        .subarray(0, 31)
        .toString('base64'),
    },
  })),
  changed('stale: signed an hour ago', '401 timestamp-stale, open', (_, body, { secret }) => ({
    headers: signFront(body, 'app', secret, Date.now() - HOUR),
  })),
  changed('future: signed for an hour from now', '401 timestamp-future, open', (_, body, { secret }) => ({
    headers: signFront(body, 'app', secret, Date.now() + HOUR),
  })),
  changed('replayed with a new time', '401 signature-mismatch, open', (headers) => ({
    headers: { ...headers, [TIMESTAMP]: String(Number(headers[TIMESTAMP]) + 1) },
  })),
  changed('the time is no number', '401 timestamp-malformed, open', (headers) => ({
    headers: { ...headers, [TIMESTAMP]: 'now' },
  })),
  changed('the time is 10^400', '401 timestamp-malformed, open', (headers) => ({
    headers: { ...headers, [TIMESTAMP]: '9'.repeat(400) },
  })),
  {
    group: 'signatures',
    name: 'replayed within the tolerance: stored again, dedup drops it by its id',
    expected: '200 + 200, open',
    parts: ({ path, secret }) => {
      const body = freshBody()
      const request = postBytes(path, body, signFront(body, 'app', secret))
      return [request, 300, request]
    },
    options: { quietMs: 1_000 },
  },
  doubled('two signatures, the first one right', SIGNATURE, 'AAAA', 'after', '401 signature-malformed, open'),
  doubled('two signatures, the second one right', SIGNATURE, 'AAAA', 'before', '401 signature-malformed, open'),
  doubled('two times', TIMESTAMP, '1', 'after', '401 timestamp-malformed, open'),
  changed('a megabyte of the right size, not signed', '401 signature-mismatch, open', () => ({
    body: Buffer.alloc(MIB, 0x20),
  })),
  changed('a byte more than a megabyte', '413 body-too-large, open', () => ({ body: Buffer.alloc(MIB + 1, 0x20) })),
  changed(
    'gzip body',
    '415 content-encoding, open',
    (headers, body) => ({ headers: { ...headers, 'content-encoding': 'gzip' }, body: gzipSync(body) }),
    'bodies',
  ),
  changed(
    'gzip bomb: 10 MB in 10 KB, never unpacked',
    '415 content-encoding, open',
    (headers) => ({
      headers: { ...headers, 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(BOMB_BYTES)),
    }),
    'bodies',
  ),
  changed(
    'gzip of gzip',
    '415 content-encoding, open',
    (headers, body) => ({
      headers: { ...headers, 'content-encoding': 'gzip, gzip' },
      body: gzipSync(gzipSync(body)),
    }),
    'bodies',
  ),
  signedBody('no JSON', Buffer.from('hello'), '400 body-not-json, open'),
  signedBody('no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), '400 body-not-utf8, open'),
  signedBody('empty', Buffer.alloc(0), '400 body-empty, open'),
  signedBody('nested 100,000 deep', Buffer.from('['.repeat(100_000)), '400 body-too-deep, open'),
  signedBody(
    '350,000 empty arrays',
    Buffer.from(`{"a":[${Array(340_000).fill('[]').join(',')}]}`),
    '400 body-too-complex, open',
  ),
  signedBody(
    '90,000 names',
    Buffer.from(`{${Array.from({ length: 90_000 }, (_, n) => `"${n.toString(36)}":1`).join(',')}}`),
    '400 body-too-complex, open',
  ),
  signedBody('a number of a megabyte', Buffer.from(`{"a":${'1'.repeat(MIB - 10)}}`), '200, open'),
  signedBody('a megabyte of surrogate escapes', Buffer.from(`{"a":"${'\\ud83d'.repeat(174_000)}"}`), '200, open'),
  signedBody('a million events', Buffer.from(`[${Array(520_000).fill('1').join(',')}]`), [
    '400 body-too-complex, open',
    '413 batch-too-long, open',
  ]),
  signedBody(
    'names that are prototypes',
    Buffer.from('{"__proto__":{"type":"x"},"constructor":{"prototype":{}}}'),
    '200, open',
  ),
]

function signedBody(name: string, body: Buffer, expected: Attack['expected']): Attack {
  return {
    group: 'bodies',
    name: `signed: ${name}`,
    expected,
    parts: ({ path, secret }) => [postBytes(path, body, signFront(body, 'app', secret))],
  }
}

function doubled(name: string, header: string, value: string, place: 'before' | 'after', expected: string): Attack {
  return {
    group: 'signatures',
    name,
    expected,
    parts: ({ path, secret }) => {
      const body = freshBody()
      const request = postBytes(path, body, signFront(body, 'app', secret)).toString('latin1')
      const line = new RegExp(`${header}: [^\r]*\r\n`)
      const second = `${header}: ${value}\r\n`
      return [
        Buffer.from(
          request.replace(line, (own) => (place === 'before' ? second + own : own + second)),
          'latin1',
        ),
      ]
    },
  }
}
