import type { Attack } from './attack.ts'
import { broken, post, text } from './signed-text.ts'

const chunk = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n`

/** A second request that must never be seen as one: its answer would be a second 404. */
const smuggled = 'POST /smuggled HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'

/** What two servers in a row could read as different requests. */
export const smugglingAttacks: readonly Attack[] = [
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
