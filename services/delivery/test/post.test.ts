import { selfSigned, startNameServer } from '@millrace/test-support'
import { afterAll, describe, expect, test } from 'vitest'
import { codeOfStatus } from '../src/classify-failure.ts'
import { body, never, posterWith, postOnce } from './support/posting.ts'
import { createServers } from './support/servers.ts'
import { targetsWith } from './support/targets.ts'

const LONG = { timeout: 60_000 }
const servers = createServers()
afterAll(() => servers.close())

/** A server that counts its requests and answers 200. */
async function counting() {
  let asked = 0
  const url = await servers.http((_, response) => {
    asked++
    response.end()
  })
  return { url, asked: () => asked }
}

test('the body goes out byte for byte, with length, type and agent, and asks for no compression', async () => {
  let seen: unknown
  const url = await servers.http(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    seen = { method: request.method, path: request.url, text, headers: request.headers }
    response.end()
  })
  expect(await postOnce(url)).toMatchObject({ statusCode: 200, errorCode: null, bytesSent: 7, phase: 'done' })
  expect(seen).toEqual({
    method: 'POST',
    path: '/hooks?token=1',
    text: '{"a":1}',
    headers: {
      host: new URL(url).host,
      connection: 'keep-alive',
      'content-type': 'application/json',
      'content-length': '7',
      'user-agent': 'Millrace/test',
      'webhook-id': 'msg_1',
    },
  })
})

test.each([301, 302, 303, 307, 308])('a redirect by %i is a failure and is not followed', async (status) => {
  const target = await counting()
  const url = await servers.http((_, response) => response.writeHead(status, { location: target.url }).end())
  expect(await postOnce(url)).toMatchObject({ statusCode: status, errorCode: 'MR_DELIVERY_REDIRECT' })
  expect(target.asked()).toBe(0)
})

test('a body without end is cut, and the connection is closed', async () => {
  let written = 0
  let isClosed = false
  const url = await servers.http((_, response) => {
    response.writeHead(200).once('close', () => {
      isClosed = true
    })
    const chunk = Buffer.alloc(16_384)
    const more = () => {
      while (!response.destroyed && response.write(chunk)) written += chunk.length
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  })
  const { tookMs, ...posted } = await postOnce(url, { timeoutMs: 10_000 })
  expect(posted).toMatchObject({ statusCode: 200, errorCode: null, bytesReceived: 65_536 })
  expect(tookMs).toBeLessThan(3_000)
  await expect.poll(() => isClosed, LONG).toBe(true)
  // What the socket buffers of both sides hold comes on top.
  expect(written).toBeLessThan(16 * 1_048_576)
})

test('of an answer the first 1,024 bytes are kept', async () => {
  const url = await servers.http((_, response) => response.end(`${'a'.repeat(1_024)}secret`))
  const { answer, bytesReceived } = await postOnce(url)
  expect(String(answer)).toBe('a'.repeat(1_024))
  expect(bytesReceived).toBe(1_030)
})

test('a try tells where its time went', async () => {
  const url = await servers.http((_, response) => void setTimeout(() => response.end('done'), 120))
  const posted = await postOnce(url.replace('127.0.0.1', 'localhost'))
  expect(posted).toMatchObject({ phase: 'done', tlsMs: null, isReused: false, wasSent: true })
  expect(posted.address).toMatch(/^(127\.0\.0\.1|::1)$/)
  expect(posted.dnsMs).toBeGreaterThan(0)
  expect(posted.connectMs).toBeGreaterThan(0)
  expect(posted.firstByteMs).toBeGreaterThanOrEqual(115)
})

test('what an answer says of waiting is read from any status', async () => {
  const headers = { 'retry-after': '7', 'ratelimit-remaining': '0', 'ratelimit-reset': '30', 'ratelimit-limit': '100' }
  const url = await servers.http((_, response) => response.writeHead(500, headers).end())
  expect(await postOnce(url)).toMatchObject({
    retryAfterMs: 7_000,
    rateLimit: { remaining: 0, resetMs: 30_000, limit: 100 },
  })
})

test('a certificate is checked against the address where the URL has one, and against the name where it has a name', async () => {
  const [both, nameOnly] = [selfSigned('both'), selfSigned('name-only', { names: ['other.customer.net'] })]
  const ca = both.cert + nameOnly.cert
  const good = await servers.https(both, (_, response) => response.end())
  const bad = await servers.https(nameOnly, (_, response) => response.end())
  const codes = [good, good.replace('localhost', '127.0.0.1'), bad.replace('localhost', '127.0.0.1')].map(
    async (url) => (await postOnce(url, { ca })).errorCode,
  )
  expect(await Promise.all(codes)).toEqual([null, null, 'MR_DELIVERY_TLS'])
})

test('an IPv6 endpoint is posted to', async () => {
  const url = await servers.http((_, response) => response.end(), '::1')
  expect(await postOnce(url)).toMatchObject({ statusCode: 200, errorCode: null, address: '::1' })
})

test('of several addresses the one that answers is used', async () => {
  const url = await servers.http((_, response) => response.end())
  const resolved = {
    ok: true as const,
    addresses: [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ],
  }
  const targets = targetsWith()
  const resolver = { ...targets.resolver, resolve: async () => resolved }
  const posted = await postOnce(url.replace('127.0.0.1', 'two.customer.net'), { targets: { ...targets, resolver } })
  expect(posted).toMatchObject({ statusCode: 200, address: '127.0.0.1' })
})

describe('where private addresses are refused', () => {
  async function guarded(url: string, answers: Parameters<typeof startNameServer>[0] = {}, ownRanges: string[] = []) {
    const names = await startNameServer(answers)
    const ports = [Number(new URL(url).port)]
    const targets = targetsWith({ allowPrivate: false, ports, servers: [names.address], ownRanges })
    return { targets, [Symbol.asyncDispose]: () => names.close() }
  }

  test('one in the URL gets no connection', async () => {
    const { url, asked } = await counting()
    await using options = await guarded(url)
    expect(await postOnce(url, options)).toMatchObject({ errorCode: 'MR_DELIVERY_ADDRESS_REFUSED', phase: 'none' })
    expect(asked()).toBe(0)
  })

  test('one behind a name gets no connection', async () => {
    const { url, asked } = await counting()
    const named = url.replace('127.0.0.1', 'hooks.customer.net')
    await using options = await guarded(url, { 'hooks.customer.net': ['127.0.0.1'] })
    expect(await postOnce(named, options)).toMatchObject({ errorCode: 'MR_DELIVERY_ADDRESS_REFUSED', phase: 'dns' })
    expect(asked()).toBe(0)
  })

  test('a public address of our own in the URL gets no connection', async () => {
    await using options = await guarded('http://93.184.215.14:8443/', {}, ['93.184.215.0/24'])
    const posted = await postOnce('http://93.184.215.14:8443/', options)
    expect(posted).toMatchObject({ errorCode: 'MR_DELIVERY_ADDRESS_REFUSED', phase: 'dns', wasSent: false })
  })

  test('a name that was public when it was saved gets no connection once it is not', async () => {
    const { url, asked } = await counting()
    const named = url.replace('127.0.0.1', 'rebind.customer.net')
    let addresses = ['93.184.215.14']
    const names = { 'rebind.customer.net': () => addresses }
    await using saved = await guarded(url, names)
    expect(await saved.targets.resolver.resolve('rebind.customer.net')).toMatchObject({ ok: true })
    addresses = ['127.0.0.1']
    await using later = await guarded(url, names)
    expect(await postOnce(named, later)).toMatchObject({ errorCode: 'MR_DELIVERY_ADDRESS_REFUSED' })
    expect(asked()).toBe(0)
  })
})

test('http is refused unless it is allowed', async () => {
  const { url, asked } = await counting()
  const posted = await postOnce(url, { targets: targetsWith({ allowHttp: false }) })
  expect(posted).toMatchObject({ statusCode: null, errorCode: 'MR_DELIVERY_URL_REFUSED' })
  expect(asked()).toBe(0)
})

test('an abort makes the result unknown, and the connection is closed when it is told', async () => {
  let open = 0
  const url = await servers.http((request) => {
    open++
    request.socket.once('close', () => open--)
  })
  const poster = posterWith()
  const aborting = new AbortController()
  const posting = poster.post({ url, owner: 'a' }, {}, body, aborting.signal)
  await expect.poll(() => open, LONG).toBe(1)
  aborting.abort(new Error('stopping'))
  expect(await posting).toMatchObject({ errorCode: 'MR_DELIVERY_ABORTED', wasSent: true, statusCode: null })
  await expect.poll(() => open, LONG).toBe(0)
  await poster.close()
})

test('what is aborted before it begins sends nothing', async () => {
  const { url, asked } = await counting()
  const poster = posterWith()
  const posted = await poster.post({ url, owner: 'a' }, {}, body, AbortSignal.abort())
  expect(posted).toMatchObject({ errorCode: 'MR_DELIVERY_ABORTED', wasSent: false })
  expect(asked()).toBe(0)
  await poster.close()
})

describe('connections', () => {
  async function remembering() {
    const ports: number[] = []
    const url = await servers.http((request, response) => {
      ports.push(request.socket.remotePort ?? 0)
      response.end()
    })
    return { url, ports }
  }
  async function postTimes(times: number, owner: string, url: string, poster = posterWith()) {
    const results = []
    for (let time = 0; time < times; time++) results.push(await poster.post({ url, owner }, {}, body, never))
    return { poster, results }
  }

  test('are used again by the endpoint that they belong to', async () => {
    const { url, ports } = await remembering()
    const { poster, results } = await postTimes(3, 'a', url)
    expect(new Set(ports).size).toBe(1)
    expect(results.map(({ isReused }) => isReused)).toEqual([false, true, true])
    expect(results[1]).toMatchObject({ dnsMs: null, connectMs: null, address: '127.0.0.1' })
    expect(poster.idle()).toBe(1)
    await poster.close()
    expect(poster.idle()).toBe(0)
  })

  test('are never shared by two endpoints at one address', async () => {
    const { url, ports } = await remembering()
    const { poster } = await postTimes(1, 'a', url)
    await postTimes(1, 'b', url, poster)
    expect(new Set(ports).size).toBe(2)
    await poster.close()
  })

  test('that wait are bounded', async () => {
    const { url } = await remembering()
    const poster = posterWith()
    await Promise.all(Array.from({ length: 25 }, () => poster.post({ url, owner: 'a' }, {}, body, never)))
    expect(poster.idle()).toBeLessThanOrEqual(10)
    await poster.close()
  })

  test('that are too old are not used again, so that the name is judged anew', async () => {
    const { url, ports } = await remembering()
    const { poster } = await postTimes(3, 'a', url, posterWith({ maxConnectionAgeMs: 0 }))
    expect(new Set(ports).size).toBe(3)
    await poster.close()
  })

  test('that the server closes are not used again', async () => {
    const url = await servers.http((_, response) => response.writeHead(200, { connection: 'close' }).end())
    const { poster, results } = await postTimes(3, 'a', url)
    expect(results.map(({ errorCode, isReused }) => [errorCode, isReused])).toEqual(Array(3).fill([null, false]))
    await expect.poll(() => poster.idle(), LONG).toBe(0)
    await poster.close()
  })

  test('that fail are closed before the result is told', async () => {
    let open = 0
    const url = await servers.raw((socket) => {
      open++
      socket.once('end', () => open--)
    })
    const poster = posterWith({ timeoutMs: 500 })
    expect(await poster.post({ url, owner: 'a' }, {}, body, never)).toMatchObject({ errorCode: 'MR_DELIVERY_TIMEOUT' })
    await expect.poll(() => open, LONG).toBe(0)
    await poster.close()
  })
})

test.each([
  [200, null],
  [204, null],
  [299, null],
  [304, 'MR_DELIVERY_REDIRECT'],
  [400, 'MR_DELIVERY_STATUS'],
  [410, 'MR_DELIVERY_GONE'],
  [429, 'MR_DELIVERY_THROTTLED'],
  [503, 'MR_DELIVERY_THROTTLED'],
] as const)('status %i means %s', (status, code) => {
  expect(codeOfStatus(status)).toBe(code)
})
