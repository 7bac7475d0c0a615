import { postBytes } from '../raw-http/index.ts'
import { signFront } from '../sign-samples.ts'
import type { Attack, AttackTarget } from './attack.ts'
import { freshBody } from './signature-attacks.ts'

interface Signed {
  /** Signed headers as lines, with their line ends. */
  readonly lines: string
  readonly body: string
  readonly path: string
}

/** Text made from a signed request. */
function text(
  group: string,
  name: string,
  expected: Attack['expected'],
  write: (signed: Signed) => string,
  quietMs = 200,
): Attack {
  return {
    group,
    name,
    expected,
    options: { quietMs },
    parts: (target) => [Buffer.from(write(signedFor(target)), 'latin1')],
  }
}

function signedFor({ path, secret }: AttackTarget): Signed {
  const body = freshBody()
  const headers = Object.entries(signFront(body, 'app', secret))
  return {
    path,
    body: body.toString('latin1'),
    lines: headers.map(([name, value]) => `${name}: ${value}\r\n`).join(''),
  }
}

const post = (path: string) => `POST ${path} HTTP/1.1\r\nhost: x\r\n`
const chunk = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n`
const broken = '400 bad-request, closed'
/** What lies behind a request and is none ends the connection, before or after the request's own answer. */
const brokenBehind = [broken, '401 signature-mismatch + 400 bad-request, closed', '401 signature-mismatch, closed']

/** A second request that must never be seen as one: its answer would be a second 404. */
const smuggled = 'POST /smuggled HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'

const lengths: readonly Attack[] = [
  text(
    'lengths',
    'content-length longer than the body',
    '408 slow-request, closed',
    ({ path, lines, body }) => `${post(path)}${lines}content-length: ${body.length + 10}\r\n\r\n${body}`,
    200,
  ),
  text(
    'lengths',
    'content-length shorter than the body',
    brokenBehind,
    ({ path, lines, body }) => `${post(path)}${lines}content-length: ${body.length - 10}\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'content-length is negative',
    broken,
    ({ path, lines, body }) => `${post(path)}${lines}content-length: -1\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'content-length has a sign',
    broken,
    ({ path, lines, body }) => `${post(path)}${lines}content-length: +${body.length}\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'content-length in hexadecimal',
    broken,
    ({ path, lines, body }) => `${post(path)}${lines}content-length: 0x10\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'content-length above 2^64',
    broken,
    ({ path, lines, body }) => `${post(path)}${lines}content-length: 99999999999999999999999\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'content-length of 100 GB',
    '413 body-too-large, open',
    ({ path, lines }) => `${post(path)}${lines}content-length: 107374182400\r\n\r\n`,
  ),
  text(
    'lengths',
    'content-length is a list',
    broken,
    ({ path, lines, body }) => `${post(path)}${lines}content-length: ${body.length}, ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'two content-lengths that differ',
    broken,
    ({ path, lines, body }) =>
      `${post(path)}${lines}content-length: ${body.length}\r\ncontent-length: 1\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'two content-lengths that agree',
    broken,
    ({ path, lines, body }) =>
      `${post(path)}${lines}content-length: ${body.length}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'lengths',
    'no length at all: a body without bytes',
    brokenBehind,
    ({ path, lines, body }) => `${post(path)}${lines}\r\n${body}`,
  ),
]

const smuggling: readonly Attack[] = [
  text(
    'smuggling',
    'CL.TE: content-length and chunked',
    broken,
    ({ path, lines, body }) =>
      `${post(path)}${lines}content-length: ${body.length}\r\ntransfer-encoding: chunked\r\n\r\n${chunk(body)}0\r\n\r\n${smuggled}`,
  ),
  text(
    'smuggling',
    'TE.CL: chunked and content-length',
    broken,
    ({ path, lines, body }) =>
      `${post(path)}${lines}transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n${chunk(body)}0\r\n\r\n${smuggled}`,
  ),
  text(
    'smuggling',
    'transfer-encoding: identity, chunked',
    broken,
    ({ path, lines, body }) =>
      `${post(path)}${lines}transfer-encoding: chunked, identity\r\n\r\n${chunk(body)}0\r\n\r\n`,
  ),
  text(
    'smuggling',
    'transfer-encoding: xchunked',
    broken,
    ({ path, lines, body }) =>
      `${post(path)}${lines}transfer-encoding: xchunked\r\n\r\n${chunk(body)}0\r\n\r\n${smuggled}`,
  ),
  text(
    'smuggling',
    'transfer-encoding with a space before the colon',
    broken,
    ({ path, lines, body }) =>
      `${post(path)}${lines}transfer-encoding : chunked\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'smuggling',
    'transfer-encoding behind a vertical tab',
    broken,
    ({ path, lines, body }) =>
      `${post(path)}${lines}transfer-encoding:\x0bchunked\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'smuggling',
    'a header folded over two lines',
    broken,
    ({ path, lines, body }) =>
      `${post(path)}${lines}x-folded: one\r\n two\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  ),
  text('smuggling', 'bare line feeds', broken, ({ path, lines, body }) =>
    `${post(path)}${lines}content-length: ${body.length}\r\n\r\n${body}`.replaceAll('\r\n', '\n'),
  ),
  text(
    'smuggling',
    'a bare carriage return in a header',
    broken,
    ({ path, lines, body }) => `${post(path)}${lines}x-cr: a\rb: c\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'smuggling',
    'a zero byte in a header',
    broken,
    ({ path, lines, body }) => `${post(path)}${lines}x-nul: a\0b\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'smuggling',
    'no host',
    '400 bad-request, open',
    ({ path, lines, body }) => `POST ${path} HTTP/1.1\r\n${lines}content-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'smuggling',
    'chunked as it should be',
    '200, open',
    ({ path, lines, body }) =>
      `${post(path)}${lines}transfer-encoding: chunked\r\n\r\n${chunk(body.slice(0, 10))}${chunk(body.slice(10))}0\r\n\r\n`,
  ),
  text(
    'smuggling',
    'chunk extensions',
    '200, open',
    ({ path, lines, body }) =>
      `${post(path)}${lines}transfer-encoding: chunked\r\n\r\n${body.length.toString(16)};name=value\r\n${body}\r\n0\r\n\r\n`,
  ),
  text(
    'smuggling',
    'chunk extensions of 20 KB',
    [broken, '413 bad-request, closed', 'nothing, closed', '431 headers-too-large, closed'],
    ({ path, lines, body }) =>
      `${post(path)}${lines}transfer-encoding: chunked\r\n\r\n${body.length.toString(16)};${'a'.repeat(20_000)}\r\n${body}\r\n0\r\n\r\n`,
  ),
  text(
    'smuggling',
    'a chunk size that is none',
    broken,
    ({ path, lines, body }) => `${post(path)}${lines}transfer-encoding: chunked\r\n\r\nzz\r\n${body}\r\n0\r\n\r\n`,
  ),
  text(
    'smuggling',
    'a chunk size above 2^64',
    broken,
    ({ path, lines, body }) =>
      `${post(path)}${lines}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n${body}\r\n0\r\n\r\n`,
  ),
  text(
    'smuggling',
    'a chunk longer than its size',
    broken,
    ({ path, lines, body }) => `${post(path)}${lines}transfer-encoding: chunked\r\n\r\n5\r\n${body}\r\n0\r\n\r\n`,
  ),
  text('smuggling', 'trailers, one of them a signature', '401 signature-missing, open', ({ path, lines, body }) => {
    const [signature = ''] = /x-front-signature: [^\r]*\r\n/.exec(lines) ?? []
    return `${post(path)}${lines.replace(signature, '')}transfer-encoding: chunked\r\n\r\n${chunk(body)}0\r\n${signature}\r\n`
  }),
  text(
    'smuggling',
    'a request hidden in a body is no request',
    '401 signature-mismatch, open',
    ({ path, lines }) => `${post(path)}${lines}content-length: ${smuggled.length}\r\n\r\n${smuggled}`,
  ),
]

const floods: readonly Attack[] = [
  text(
    'headers',
    'a header of 20 KB',
    '431 headers-too-large, closed',
    ({ path }) => `${post(path)}x-flood: ${'a'.repeat(20_000)}\r\n\r\n`,
  ),
  text(
    'headers',
    '1,000 headers',
    '431 headers-too-many, open',
    ({ path, lines }) =>
      `${post(path)}${lines}${Array.from({ length: 1_000 }, (_, n) => `x${n}: 1\r\n`).join('')}content-length: 0\r\n\r\n`,
  ),
  text(
    'headers',
    '3,000 headers',
    '431 headers-too-large, closed',
    ({ path }) =>
      `${post(path)}${Array.from({ length: 3_000 }, (_, n) => `x${n}: 1\r\n`).join('')}content-length: 0\r\n\r\n`,
  ),
  text(
    'headers',
    '16 MB of headers, whose answer their rest may bury',
    ['431 headers-too-large, closed', 'nothing, closed'],
    ({ path }) => `${post(path)}${`x-flood: ${'a'.repeat(1_000)}\r\n`.repeat(16_000)}\r\n`,
  ),
  text(
    'headers',
    'a target of 20 KB',
    '431 headers-too-large, closed',
    () => `POST /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
  ),
  text('headers', 'a header without a name', broken, ({ path }) => `${post(path)}: nothing\r\n\r\n`),
  text('headers', 'a header without a colon', broken, ({ path }) => `${post(path)}nothing\r\n\r\n`),
  text(
    'headers',
    'expect: 100-continue is answered',
    ['100 + 200, open', '100 + 401 signature-missing, open'],
    ({ path, lines, body }) =>
      `${post(path)}${lines}expect: 100-continue\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'headers',
    'expect: something that nobody knows',
    '200, open',
    ({ path, lines, body }) => `${post(path)}${lines}expect: gold\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  ),
]

const protocols: readonly Attack[] = [
  text(
    'protocols',
    'HTTP/1.0',
    '200, closed',
    ({ path, lines, body }) =>
      `POST ${path} HTTP/1.0\r\nhost: x\r\n${lines}content-length: ${body.length}\r\n\r\n${body}`,
  ),
  text('protocols', 'HTTP/0.9', '408 slow-request, closed', ({ path }) => `GET ${path}\r\n`),
  text(
    'protocols',
    'HTTP/2 without asking',
    broken,
    () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00',
  ),
  text('protocols', 'HTTP/9.9', broken, ({ path }) => `POST ${path} HTTP/9.9\r\nhost: x\r\n\r\n`),
  text(
    'protocols',
    'upgrade to HTTP/2',
    '200, open',
    ({ path, lines, body }) =>
      `${post(path)}${lines}connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAARAAAAAAAIAAAAA\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  ),
  text('protocols', 'a TLS hello to a plain port', broken, () =>
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'.padEnd(517, '\x01'),
  ),
  text(
    'protocols',
    'CONNECT',
    ['nothing, closed', broken, '404 source-unknown, open'],
    () => 'CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n',
  ),
  text(
    'protocols',
    'TRACE',
    ['404 source-unknown, open', '405 method, open'],
    ({ path }) => `TRACE ${path} HTTP/1.1\r\nhost: x\r\n\r\n`,
  ),
  text('protocols', 'a method of its own', broken, ({ path }) => `WEBHOOK ${path} HTTP/1.1\r\nhost: x\r\n\r\n`),
  text('protocols', 'GET', '405 method, open', ({ path }) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`),
  text(
    'targets',
    'the target as a whole URL',
    '200, open',
    ({ path, lines, body }) =>
      `POST http://gateway.example${path} HTTP/1.1\r\nhost: x\r\n${lines}content-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'targets',
    'a letter encoded',
    '200, open',
    ({ path, lines, body }) =>
      `${post(path.replace('front', '%66ront'))}${lines}content-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'targets',
    'slashes encoded',
    '404 source-unknown, open',
    ({ path, lines, body }) =>
      `${post(path.replaceAll('/', '%2f').replace('%2f', '/'))}${lines}content-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'targets',
    'dots that lead back to it',
    '404 source-unknown, open',
    ({ path, lines, body }) => `${post(`/nowhere/..${path}`)}${lines}content-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'targets',
    'two slashes',
    '404 source-unknown, open',
    ({ path, lines, body }) => `${post(`/${path}`)}${lines}content-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'targets',
    'an encoding that is none',
    ['400 bad-request, open', '404 source-unknown, open'],
    ({ lines, body }) => `${post('/api/webhooks/%ff')}${lines}content-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'targets',
    'a zero byte encoded',
    '404 source-unknown, open',
    ({ path, lines, body }) => `${post(`${path}%00`)}${lines}content-length: ${body.length}\r\n\r\n${body}`,
  ),
  text(
    'targets',
    'an asterisk',
    ['404 source-unknown, open', '400 bad-request, open', broken],
    () => 'OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n',
  ),
  text(
    'targets',
    'a query of secrets is neither used nor told',
    '200, open',
    ({ path, lines, body }) =>
      `${post(`${path}?signature=1&token=2`)}${lines}content-length: ${body.length}\r\n\r\n${body}`,
  ),
]

const pipelines: readonly Attack[] = [
  {
    group: 'pipelining',
    name: '50 forged requests at once, answered in turn',
    expected: `${Array(50).fill('401 signature-mismatch').join(' + ')}, open`,
    parts: (target) => Array.from({ length: 50 }, () => forged(target)),
  },
  {
    group: 'pipelining',
    name: 'a good, a forged and a good one on one connection',
    expected: '200 + 401 signature-mismatch + 200, open',
    options: { quietMs: 800 },
    parts: (target) => [Buffer.concat([good(target), forged(target), good(target)])],
  },
]

function good({ path, secret }: AttackTarget): Buffer {
  const body = freshBody()
  return postBytes(path, body, signFront(body, 'app', secret))
}

/** Signed with a secret that is not the source's. */
export function forged({ path }: AttackTarget): Buffer {
  const body = freshBody()
  return postBytes(path, body, signFront(body, 'app', 'another secret'))
}

/** What is no proper HTTP, or proper and of no good. */
export const httpAttacks: readonly Attack[] = [...lengths, ...smuggling, ...floods, ...protocols, ...pipelines]
