import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { freePort } from '@millrace/local'
import { startNameServer } from '@millrace/test-support'
import { afterEach, describe, expect, test } from 'vitest'
import { codeOfStatus, createPoster, type Posted, type PostOptions } from '../src/post.ts'
import { targetsWith } from './support/targets.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

async function listen(server: { listen(port: number, host: string): unknown; address(): unknown }): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server as Server, 'listening')
  return (server.address() as AddressInfo).port
}

async function http(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  const port = await listen(server)
  open.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${port}/hooks?token=1`
}

/** A server that answers with these bytes and nothing more, and closes. */
async function raw(bytes: string): Promise<string> {
  const server = createTcpServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(bytes)))
  const port = await listen(server)
  open.push(() => server.close())
  return `http://127.0.0.1:${port}/`
}

async function post(url: string, changes: Partial<PostOptions> = {}): Promise<Posted & { readonly tookMs: number }> {
  const poster = createPoster({
    timeoutMs: 1_000,
    userAgent: 'Millrace/test',
    targets: targetsWith(),
    ...changes,
  })
  open.push(() => poster.close())
  const began = performance.now()
  const posted = await poster.post(url, { 'webhook-id': 'msg_1' }, Buffer.from('{"a":1}'), new AbortController().signal)
  return { ...posted, tookMs: performance.now() - began }
}

test('the body goes out byte for byte, with length, type and agent', async () => {
  let seen: unknown
  const url = await http(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen = { method: request.method, path: request.url, body, headers: request.headers }
    response.end()
  })
  expect(await post(url)).toMatchObject({ statusCode: 200, errorCode: null })
  expect(seen).toMatchObject({
    method: 'POST',
    path: '/hooks?token=1',
    body: '{"a":1}',
    headers: {
      'content-type': 'application/json',
      'content-length': '7',
      'user-agent': 'Millrace/test',
      'webhook-id': 'msg_1',
    },
  })
})

test.each([301, 302, 307, 308])('a redirect by %i is a failure and is not followed', async (status) => {
  let asked = 0
  const target = await http((_, response) => {
    asked++
    response.end()
  })
  const url = await http((_, response) => response.writeHead(status, { location: target }).end())
  expect(await post(url)).toMatchObject({ statusCode: status, errorCode: 'MR_DELIVERY_REDIRECT' })
  expect(asked).toBe(0)
})

test('headers that do not come are a time-out at the deadline', async () => {
  const { tookMs, ...posted } = await post(await http(() => {}))
  expect(posted).toEqual({ statusCode: null, errorCode: 'MR_DELIVERY_TIMEOUT' })
  expect(tookMs).toBeLessThan(1_500)
})

test('a body that does not end by the deadline is a time-out, though the status was 200', async () => {
  const url = await http((_, response) => {
    response.writeHead(200)
    const drip = setInterval(() => response.write('.'), 100)
    response.once('close', () => clearInterval(drip))
  })
  const { tookMs, ...posted } = await post(url)
  expect(posted).toEqual({ statusCode: 200, errorCode: 'MR_DELIVERY_TIMEOUT' })
  expect(tookMs).toBeLessThan(1_500)
})

test('a body without end is cut, and the status decides', async () => {
  let written = 0
  const url = await http((_, response) => {
    response.writeHead(200)
    const chunk = Buffer.alloc(16_384)
    const more = () => {
      while (!response.destroyed && response.write(chunk)) written += chunk.length
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  })
  const { tookMs, ...posted } = await post(url, { timeoutMs: 10_000 })
  expect(posted).toEqual({ statusCode: 200, errorCode: null })
  expect(tookMs).toBeLessThan(3_000)
  // What the socket buffers of both sides hold comes on top.
  expect(written).toBeLessThan(16 * 1_048_576)
})

test('a reset, an early end and a refused connection are faults of the connection', async () => {
  const reset = await http((request) => void request.socket.resetAndDestroy())
  const early = await raw('')
  const short = await raw('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')
  const refused = `http://127.0.0.1:${await freePort()}/`
  const codes = await Promise.all([reset, early, short, refused].map(async (url) => (await post(url)).errorCode))
  expect(codes).toEqual(Array.from({ length: 4 }, () => 'MR_DELIVERY_CONNECTION'))
})

test('what is no HTTP, and headers that are too large, are bad answers', async () => {
  const junk = await raw('SSH-2.0-OpenSSH_9.6\r\n\r\n')
  const bomb = await raw(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(65_536)}\r\n\r\n`)
  const codes = await Promise.all([junk, bomb].map(async (url) => (await post(url)).errorCode))
  expect(codes).toEqual(['MR_DELIVERY_BAD_ANSWER', 'MR_DELIVERY_BAD_ANSWER'])
})

test('TLS that fails is told from a connection that fails', async () => {
  const url = (await http((_, response) => response.end())).replace('http:', 'https:')
  expect(await post(url)).toMatchObject({ statusCode: null, errorCode: 'MR_DELIVERY_TLS' })
})

test('a name that does not exist is a fault of DNS', async () => {
  expect(await post('http://nowhere.invalid/')).toMatchObject({ statusCode: null, errorCode: 'MR_DELIVERY_DNS' })
})

describe('where private addresses are refused', () => {
  async function guarded(url: string, answers: Parameters<typeof startNameServer>[0] = {}) {
    const names = await startNameServer(answers)
    open.push(() => names.close())
    const ports = [Number(new URL(url).port)]
    return { targets: targetsWith({ allowPrivate: false, ports, servers: [names.address] }) }
  }
  async function counting() {
    let asked = 0
    const url = await http((_, response) => {
      asked++
      response.end()
    })
    return { url, asked: () => asked }
  }

  test('one in the URL gets no connection', async () => {
    const { url, asked } = await counting()
    expect(await post(url, await guarded(url))).toMatchObject({ errorCode: 'MR_DELIVERY_ADDRESS_REFUSED' })
    expect(asked()).toBe(0)
  })

  test('one behind a name gets no connection', async () => {
    const { url, asked } = await counting()
    const named = url.replace('127.0.0.1', 'hooks.customer.net')
    const options = await guarded(url, { 'hooks.customer.net': ['127.0.0.1'] })
    expect(await post(named, options)).toMatchObject({ errorCode: 'MR_DELIVERY_ADDRESS_REFUSED' })
    expect(asked()).toBe(0)
  })

  test('a name that was public when it was saved gets no connection once it is not', async () => {
    const { url, asked } = await counting()
    const named = url.replace('127.0.0.1', 'rebind.customer.net')
    let addresses = ['93.184.215.14']
    const names = { 'rebind.customer.net': () => addresses }
    expect(await (await guarded(url, names)).targets.resolver.resolve('rebind.customer.net')).toMatchObject({
      ok: true,
    })
    addresses = ['127.0.0.1']
    expect(await post(named, await guarded(url, names))).toMatchObject({ errorCode: 'MR_DELIVERY_ADDRESS_REFUSED' })
    expect(asked()).toBe(0)
  })
})

test('http is refused unless it is allowed', async () => {
  const url = await http((_, response) => response.end())
  expect(await post(url, { targets: targetsWith({ allowHttp: false }) })).toMatchObject({
    statusCode: null,
    errorCode: 'MR_DELIVERY_URL_REFUSED',
  })
})

test('an abort is no outcome: it is thrown', async () => {
  const url = await http(() => {})
  const poster = createPoster({ timeoutMs: 5_000, userAgent: 'x', targets: targetsWith() })
  open.push(() => poster.close())
  const aborting = new AbortController()
  const posting = poster.post(url, {}, Buffer.from('{}'), aborting.signal)
  aborting.abort(new Error('stopping'))
  await expect(posting).rejects.toThrow('stopping')
})

test.each([
  [200, null],
  [204, null],
  [299, null],
  [304, 'MR_DELIVERY_REDIRECT'],
  [400, 'MR_DELIVERY_STATUS'],
  [410, 'MR_DELIVERY_GONE'],
  [429, 'MR_DELIVERY_STATUS'],
  [503, 'MR_DELIVERY_STATUS'],
] as const)('status %i means %s', (status, code) => {
  expect(codeOfStatus(status)).toBe(code)
})
