import type { Attack } from './attack.ts'
import { broken, post, text } from './signed-text.ts'

/** Other protocols, methods and targets than a webhook has. */
export const protocolAttacks: readonly Attack[] = [
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
