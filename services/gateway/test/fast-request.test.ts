import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readFastHead } from '../src/fast-request.ts'

/** Pieces of heads: what is plain, what is nearly so, and what is not. */
const line = fc.oneof(
  fc.constantFrom(
    'Host: x',
    'host: y',
    'Content-Length: 5',
    'Content-Length: 05',
    'content-length: +5',
    'Content-Length: 5, 5',
  ),
  fc.constantFrom(
    'Transfer-Encoding: chunked',
    'Connection: keep-alive',
    'Connection: close',
    'Connection:  Keep-Alive',
  ),
  fc.constantFrom(
    'X-A: b',
    'x-a: c',
    'X-A:b',
    'X-A : b',
    ' folded',
    '\tfolded',
    'X-B:',
    'X-C: é',
    'X-D: a\tb',
    'X-E: a ',
    'X_F: 1',
  ),
  fc.constantFrom(
    'constructor: 1',
    '__proto__: 1',
    'Cookie: a=b',
    'Cookie: c=d',
    'X-N: \0',
    'X-R: a\rb',
    'Expect: 100-continue',
  ),
  fc.tuple(fc.string({ maxLength: 8 }), fc.string({ maxLength: 12 })).map(([name, value]) => `${name}: ${value}`),
)
const requestLine = fc.oneof(
  { weight: 6, arbitrary: fc.constant('POST /a HTTP/1.1') },
  fc.constantFrom(
    'POST  /a HTTP/1.1',
    'POST /a HTTP/1.0',
    'post /a HTTP/1.1',
    'POST /a b HTTP/1.1',
    'POST http://x/a HTTP/1.1',
    '\r\nPOST /a HTTP/1.1',
  ),
)
const end = fc.oneof({ weight: 60, arbitrary: fc.constant('\r\n') }, fc.constantFrom('\n', '\r', '\r\n\r\n'))
const bodies = fc.oneof(
  { weight: 6, arbitrary: fc.constant('abcde') },
  fc.constantFrom('', 'abcd', 'abcdef', 'abcde\r\n'),
)
const anyRequest = fc
  .tuple(requestLine, fc.array(fc.tuple(line, end), { minLength: 1, maxLength: 6 }), bodies, fc.boolean())
  .map(([first, lines, body, isPlain]) => {
    const plain = isPlain ? 'Host: x\r\nContent-Length: 5\r\n' : ''
    return `${first}\r\n${plain}${lines.map(([text, eol]) => text + eol).join('')}\r\n${body}`
  })

/** What node:http makes of bytes that end there; undefined when it refuses them or sees more or less than one request. */
async function readByNode(port: number, bytes: Buffer): Promise<unknown> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.end(bytes)
  const answers = await text(socket).catch(() => '')
  const found = answers.split('HTTP/1.1 ').filter((each) => each !== '')
  if (found.length !== 1 || !found[0]?.startsWith('200')) return undefined
  return JSON.parse(found[0].slice(found[0].indexOf('\r\n\r\n') + 4))
}

const PLAIN =
  'POST /api/webhooks/front?a=b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\nX-A: b\r\n\r\nabcde'
/** A plain request of which one byte is another, one too many or missing. */
const mutated = fc
  .tuple(fc.nat(PLAIN.length), fc.integer({ min: 0, max: 255 }), fc.nat(1), fc.nat(1))
  .map(([place, byte, removed, isAdded]) => {
    const added = isAdded === 1 ? String.fromCharCode(byte) : ''
    return PLAIN.slice(0, place) + added + PLAIN.slice(place + removed)
  })

let server: Server

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const { url, headers } = request
    const body = await text(request.setEncoding('latin1')).catch(() => '')
    response.end(JSON.stringify({ url, headers, body }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterAll(() => {
  server.close()
})

test.for([
  ['requests put together', anyRequest, 20_000, 100],
  ['a plain request with one byte wrong', mutated, 3_000, 500],
] as const)('what the fast path takes of %s, node:http reads alike', async ([, requests, numRuns, expected]) => {
  const { port } = server.address() as AddressInfo
  let taken = 0
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const bytes = Buffer.from(request, 'latin1')
      const head = readFastHead(bytes)
      if (head === undefined || head.bodyStart + head.bodyLength !== bytes.length) return
      taken++
      const { url, headers, bodyStart } = head
      const ours = { url, headers, body: bytes.toString('latin1', bodyStart) }
      expect(await readByNode(port, bytes)).toEqual(JSON.parse(JSON.stringify(ours)))
    }),
    { numRuns },
  )
  expect(taken).toBeGreaterThan(expected)
})
