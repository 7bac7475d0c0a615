import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { GatewayError } from '../src/errors.ts'
import { type FastPath, takeFastPath } from '../src/fast-path.ts'
import type { FastRequest } from '../src/fast-request.ts'
import type { FastResponse } from '../src/fast-response.ts'

interface Seen {
  readonly by: 'fast path' | 'node:http'
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A server in this process with a fast path before it. */
interface Served {
  readonly server: Server
  readonly fastPath: FastPath
  /** What it has accepted. */
  readonly sockets: Socket[]
}

/** Waits for a caller for as long as a busy machine may take. */
let patient: Served
/** For what is to happen when time is up. */
let hasty: Served
let seen: Seen[]
/** What the fast path does with a request. */
let take: (request: FastRequest, response: FastResponse) => boolean

const answer = (response: { writeHead: FastResponse['writeHead']; end: FastResponse['end'] }, body: string) => {
  response.writeHead(200, ['content-type', 'text/plain', 'content-length', String(body.length)])
  response.end(body, 'latin1')
}
const note = async ({ url, headers, body }: FastRequest) => {
  const bytes = await body
  seen.push({ by: 'fast path', url, headers, body: bytes.toString('latin1') })
  return bytes.length
}
const atOnce: typeof take = (request, response) => {
  note(request).then(
    (size) => answer(response, `fast ${size}`),
    (error: GatewayError) => answer(response, error.code),
  )
  return true
}

async function serve(keepAliveTimeoutMs: number, requestTimeoutMs: number): Promise<Served> {
  const options = { keepAliveTimeout: keepAliveTimeoutMs, requireHostHeader: false }
  const server = createServer(options, async (request, response) => {
    const { url, headers } = request
    seen.push({ by: 'node:http', url, headers, body: '' })
    const at = seen.length - 1
    const body = await text(request.setEncoding('latin1')).catch(() => '')
    seen[at] = { ...(seen[at] as Seen), body }
    response.writeHead(200, { 'content-length': 4 })
    response.end('node')
  })
  server.timeout = 60_000
  server.on('clientError', (_error, socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const fastPath = takeFastPath(server, {
    isTls: false,
    keepAliveTimeoutMs,
    requestTimeoutMs,
    take: (...of) => take(...of),
  })
  const sockets: Socket[] = []
  // Later than the fast path, which takes the place of the one listener that there is.
  server.on('connection', (socket: Socket) => void sockets.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, fastPath, sockets }
}

beforeAll(async () => {
  patient = await serve(60_000, 60_000)
  hasty = await serve(1_500, 500)
})

afterAll(() => {
  for (const { server, fastPath } of [patient, hasty]) {
    fastPath.destroy()
    server.closeAllConnections()
    server.close()
  }
})

/** A connection whose answers are gathered. */
function client({ server } = patient): {
  socket: Socket
  got: () => string
  has: (what: string) => Promise<unknown>
  isClosed: () => boolean
} {
  seen = []
  take = atOnce
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let got = ''
  let isClosed = false
  socket.setNoDelay(true)
  socket.setEncoding('latin1')
  socket.on('data', (chunk) => {
    got += chunk
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
  })
  const has = (what: string) => waitFor(() => got.includes(what), { what: `an answer with ${what}, not ${got}` })
  return { socket, got: () => got, has, isClosed: () => isClosed }
}

const post = (body: string, more = '') =>
  `POST /a HTTP/1.1\r\nHost: x\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`
const by = () => seen.map((each) => each.by)

/** Until what was written has been read, so that it is a piece of its own. */
function turn(socket: Socket): Promise<true> {
  const isRead = () => {
    const accepted = patient.sockets.find(({ remotePort }) => remotePort === socket.localPort)
    return !socket.connecting && accepted !== undefined && accepted.bytesRead >= socket.bytesWritten
  }
  return waitFor(isRead, { what: 'a piece to be read', everyMs: 2 })
}

test('a plain request is answered at once, and its connection serves the next', async () => {
  const { socket, got, has } = client()
  socket.write(post('one', 'X-One: 1\r\n'))
  await has('fast 3')
  socket.write(post('three'))
  await has('fast 5')
  expect(seen).toEqual([
    { by: 'fast path', url: '/a', headers: { host: 'x', 'x-one': '1', 'content-length': '3' }, body: 'one' },
    { by: 'fast path', url: '/a', headers: { host: 'x', 'content-length': '5' }, body: 'three' },
  ])
  expect(got()).toMatch(
    /^HTTP\/1\.1 200 OK\r\ncontent-type: text\/plain\r\ncontent-length: 6\r\ndate: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r\nconnection: keep-alive\r\nkeep-alive: timeout=60\r\n\r\nfast 3HTTP/,
  )
  socket.destroy()
})

test('a body that follows its head in pieces belongs to the request that began with the head', async () => {
  const { socket, got, has } = client()
  let begun = 0
  take = (...of) => {
    begun++
    return atOnce(...of)
  }
  const request = post('abcdefgh')
  const [head, ...pieces] = [request.slice(0, -8), ...request.slice(-8)]
  socket.write(head)
  await waitFor(() => begun === 1, { what: 'the request to begin' })
  for (const piece of pieces) {
    socket.write(piece)
    await turn(socket)
  }
  socket.write(post('next'))
  await has('fast 8')
  await has('fast 4')
  expect(got().indexOf('fast 8')).toBeLessThan(got().indexOf('fast 4'))
  expect(seen.map(({ by, body }) => [by, body])).toEqual([
    ['fast path', 'abcdefgh'],
    ['fast path', 'next'],
  ])
  socket.destroy()
})

test('a request that is refused by its head alone is answered then, and its body is read away', async () => {
  const { socket, has } = client()
  take = (_request, response) => {
    answer(response, 'refused')
    return true
  }
  socket.write(post('body').slice(0, -2))
  await has('refused')
  take = atOnce
  socket.write(`dy${post('next')}`)
  await has('fast 4')
  expect(seen.map(({ body }) => body)).toEqual(['next'])
  socket.destroy()
})

test('a body that does not come in time is refused, and the connection ends', async () => {
  const { socket, has, got, isClosed } = client(hasty)
  socket.write(post('late').slice(0, -1))
  await has('MR_GATEWAY_SLOW_REQUEST')
  expect(got()).toContain('connection: close')
  await waitFor(isClosed, { what: 'the connection to end' })
})

test.for([
  ['a request whose head comes in pieces', [post('x').slice(0, 20), post('x').slice(20)], ['node:http']],
  ['a body over 64 KiB', [post('x'.repeat(70_000))], ['node:http']],
  ['chunks', ['POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n'], ['node:http']],
  ['a GET', ['GET /a HTTP/1.1\r\nHost: x\r\n\r\n'], ['node:http']],
  ['a request after which the connection ends', [post('x', 'Connection: close\r\n')], ['node:http']],
  ['two requests in one piece', [post('x') + post('y')], ['node:http', 'node:http']],
] as const)('%s is left to node:http, with every byte', async ([, pieces, expected]) => {
  const { socket, got } = client()
  for (const piece of pieces) {
    socket.write(piece)
    await turn(socket)
  }
  await waitFor(() => got().match(/node/g)?.length === expected.length, { what: 'all answers' })
  expect(by()).toEqual(expected)
  expect(seen.every(({ body }) => body.length > 0 || seen[0]?.headers['content-length'] === undefined)).toBe(true)
  socket.destroy()
})

test('what is not for the fast path goes to node:http, as does all that follows on its connection', async () => {
  const { socket, got } = client()
  take = () => false
  socket.write(post('x'))
  await waitFor(() => got().endsWith('node'), { what: 'the answer of node:http' })
  take = atOnce
  socket.write(post('y'))
  await waitFor(() => got().match(/node/g)?.length === 2, { what: 'the second answer' })
  expect(seen.map(({ by, body }) => [by, body])).toEqual([
    ['node:http', 'x'],
    ['node:http', 'y'],
  ])
  socket.destroy()
})

test('requests that come before the answer to the first are answered after it, in order', async () => {
  const { socket, got, has } = client()
  let first: FastResponse | undefined
  take = (request, response) => {
    void note(request)
    if (first === undefined) first = response
    else answer(response, 'later')
    return true
  }
  socket.write(post('x'))
  await waitFor(() => first !== undefined, { what: 'the first request' })
  socket.write(post('yy'))
  setTimeout(() => socket.write(post('zzz')), 10)
  await waitFor(() => socket.bytesWritten >= 3 * post('x').length, { what: 'all to be sent' })
  expect(seen).toHaveLength(1)
  answer(first as unknown as FastResponse, 'first')
  await waitFor(() => got().match(/HTTP\/1\.1 200/g)?.length === 3, { what: 'three answers' })
  await has('first')
  expect(got().indexOf('first')).toBeLessThan(got().lastIndexOf('HTTP'))
  expect(seen.map(({ body }) => body)).toEqual(['x', 'yy', 'zzz'])
  socket.destroy()
})

test('a caller that hangs up is noticed by the answer that is made for it', async () => {
  const { socket } = client()
  let response: FastResponse | undefined
  let isGone = false
  take = (_request, given) => {
    response = given
    given.once('close', () => {
      isGone = true
    })
    return true
  }
  socket.write(post('x'))
  await waitFor(() => response !== undefined, { what: 'the request' })
  socket.resetAndDestroy()
  await waitFor(() => isGone, { what: 'the end to be noticed' })
  expect(response?.destroyed).toBe(true)
  expect(response?.writableFinished).toBe(false)
})

test('a caller that ends its side before the answer has hung up, and half a request is refused', async () => {
  const whole = client()
  let isGone = false
  take = (_request, response) => {
    response.once('close', () => {
      isGone = true
    })
    return true
  }
  whole.socket.end(post('x'))
  await waitFor(() => isGone, { what: 'the end to be noticed' })
  await waitFor(whole.isClosed, { what: 'the connection to end' })
  const half = client()
  half.socket.end(post('half').slice(0, -1))
  await half.has('MR_GATEWAY_BAD_REQUEST')
  await waitFor(half.isClosed, { what: 'the connection to end' })
})

test('a connection that waits longer than the keep-alive time is ended, and so is one that waits when the server ends', async () => {
  const idle = client(hasty)
  idle.socket.write(post('x'))
  await idle.has('fast 1')
  await waitFor(idle.isClosed, { what: 'the idle connection to end' })
  const other = client(hasty)
  other.socket.write(post('x'))
  await other.has('fast 1')
  hasty.fastPath.end()
  await waitFor(other.isClosed, { what: 'the waiting connection to end' })
})

test('a value that would break the head is never written', async () => {
  const { socket, got, has } = client()
  take = (_request, response) => {
    expect(() => response.writeHead(200, ['x-a', 'b\r\nc: d'])).toThrow('x-a')
    expect(response.headersSent).toBe(false)
    answer(response, 'clean')
    return true
  }
  socket.write(post('x'))
  await has('clean')
  expect(got()).not.toContain('c: d')
  socket.destroy()
})
