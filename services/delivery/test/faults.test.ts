import { freePort } from '@millrace/local'
import { selfSigned, startNameServer } from '@millrace/test-support'
import { afterAll, describe, expect, test } from 'vitest'
import { errorClasses, type FailurePlan, type TryErrorCode } from '../src/error-classes.ts'
import type { PostOptions } from '../src/post.ts'
import type { Posted } from '../src/tried.ts'
import { postOnce } from './support/posting.ts'
import { createServers } from './support/servers.ts'
import { targetsWith } from './support/targets.ts'

const servers = createServers()
afterAll(() => servers.close())

const DAY = 86_400_000
const trusted = selfSigned('trusted')
const expired = selfSigned('expired', { notBefore: Date.now() - 3 * DAY, notAfter: Date.now() - DAY })
const early = selfSigned('early', { notBefore: Date.now() + DAY, notAfter: Date.now() + 3 * DAY })
const misnamed = selfSigned('misnamed', { names: ['other.customer.net'] })
const ca = [trusted, expired, early, misnamed].map(({ cert }) => cert).join('')
const ok = 'HTTP/1.1 200 OK\r\n'

interface Fault {
  readonly what: string
  readonly url: () => Promise<string>
  readonly code: TryErrorCode | null
  readonly plan: FailurePlan | 'done'
  readonly counts?: boolean
  readonly also?: Partial<Posted>
  readonly options?: Partial<PostOptions>
}

const retried = { plan: 'retry', counts: true } as const

const faults: readonly Fault[] = [
  {
    what: 'headers that do not come',
    url: () => servers.raw(() => {}),
    code: 'MR_DELIVERY_TIMEOUT',
    ...retried,
    also: { phase: 'headers', statusCode: null, wasSent: true },
  },
  {
    what: 'headers a byte at a time',
    url: () => servers.raw((socket) => drip(socket, `${ok}x-slow: ${'a'.repeat(500)}\r\n\r\n`)),
    code: 'MR_DELIVERY_TIMEOUT',
    ...retried,
    also: { phase: 'headers', statusCode: null },
  },
  {
    what: 'a body a byte at a time',
    url: () =>
      servers.raw((socket) => {
        socket.write(`${ok}content-length: 500\r\n\r\n`)
        drip(socket, 'b'.repeat(500))
      }),
    code: 'MR_DELIVERY_TIMEOUT',
    ...retried,
    also: { phase: 'body', statusCode: 200 },
  },
  {
    what: 'interim answers without end',
    url: () => servers.raw((socket) => socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(1_000))),
    code: 'MR_DELIVERY_BAD_ANSWER',
    ...retried,
  },
  {
    what: 'a reset before the answer',
    url: () => servers.raw((socket) => socket.resetAndDestroy()),
    code: 'MR_DELIVERY_CONNECTION',
    ...retried,
    also: { wasSent: true, statusCode: null },
  },
  {
    what: 'a reset in the middle of the body',
    url: () =>
      servers.raw((socket) => {
        socket.write(`${ok}content-length: 10\r\n\r\nabc`, () => setTimeout(() => socket.resetAndDestroy(), 20))
      }),
    code: 'MR_DELIVERY_CONNECTION',
    ...retried,
    also: { statusCode: 200, bytesReceived: 3 },
  },
  {
    what: 'a half-close without an answer',
    url: () => servers.raw((socket) => void socket.end()),
    code: 'MR_DELIVERY_CONNECTION',
    ...retried,
  },
  {
    what: 'a half-close in the middle of the body',
    url: () => servers.saying(`${ok}content-length: 10\r\n\r\nabc`),
    code: 'MR_DELIVERY_CONNECTION',
    ...retried,
    also: { statusCode: 200 },
  },
  {
    what: 'a half-close in the middle of the headers',
    url: () => servers.saying(`${ok}content-le`),
    code: 'MR_DELIVERY_CONNECTION',
    ...retried,
  },
  {
    what: 'a refused connection',
    url: async () => `http://127.0.0.1:${await freePort()}/`,
    code: 'MR_DELIVERY_CONNECTION',
    ...retried,
    also: { phase: 'connect', wasSent: false },
  },
  {
    what: 'an HTTP/1.0 answer that ends with the connection',
    url: () => servers.saying('HTTP/1.0 200 OK\r\n\r\nthanks'),
    code: null,
    plan: 'done',
    also: { statusCode: 200, bytesReceived: 6, answer: Buffer.from('thanks') },
  },
  {
    what: 'an HTTP/1.0 refusal',
    url: () => servers.saying('HTTP/1.0 500 No\r\ncontent-length: 0\r\n\r\n'),
    code: 'MR_DELIVERY_STATUS',
    ...retried,
  },
  {
    what: 'HTTP/0.9',
    url: () => servers.saying('<html>hello</html>'),
    code: 'MR_DELIVERY_BAD_ANSWER',
    ...retried,
  },
  {
    what: 'another protocol',
    url: () => servers.saying('SSH-2.0-OpenSSH_9.6\r\n\r\n'),
    code: 'MR_DELIVERY_BAD_ANSWER',
    ...retried,
  },
  {
    what: 'HTTP/2 without being asked',
    url: () => servers.saying(Buffer.from('000012040000000000000300000080', 'hex')),
    code: 'MR_DELIVERY_BAD_ANSWER',
    ...retried,
  },
  {
    what: 'a switch of protocols',
    url: () => servers.saying('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
    code: 'MR_DELIVERY_BAD_ANSWER',
    ...retried,
  },
  {
    what: 'two lengths that differ',
    url: () => servers.saying(`${ok}content-length: 1\r\ncontent-length: 2\r\n\r\nab`),
    code: 'MR_DELIVERY_BAD_ANSWER',
    ...retried,
  },
  {
    what: 'one header of 64 KiB',
    url: () => servers.saying(`${ok}x: ${'a'.repeat(65_536)}\r\n\r\n`),
    code: 'MR_DELIVERY_BAD_ANSWER',
    ...retried,
  },
  {
    what: 'headers without end',
    url: () =>
      servers.raw((socket) => {
        socket.write(ok)
        const more = () => {
          while (!socket.destroyed && socket.write('x-a: b\r\n'.repeat(100)));
          if (!socket.destroyed) socket.once('drain', more)
        }
        more()
      }),
    code: 'MR_DELIVERY_BAD_ANSWER',
    ...retried,
  },
  {
    what: 'a body without end',
    url: () =>
      servers.raw((socket) => {
        socket.write(`${ok}transfer-encoding: chunked\r\n\r\n`)
        const chunk = `4000\r\n${'z'.repeat(16_384)}\r\n`
        const more = () => {
          while (!socket.destroyed && socket.write(chunk));
          if (!socket.destroyed) socket.once('drain', more)
        }
        more()
      }),
    code: null,
    plan: 'done',
    also: { statusCode: 200, bytesReceived: 65_536 },
  },
  {
    what: 'a compressed body that would be large',
    url: () => servers.saying(`${ok}content-encoding: gzip\r\ncontent-length: 4\r\n\r\nGZIP`),
    code: null,
    plan: 'done',
    also: { answer: Buffer.from('GZIP') },
  },
  {
    what: 'an expired certificate',
    url: () => servers.https(expired, (_, response) => response.end()),
    code: 'MR_DELIVERY_TLS',
    ...retried,
    also: { phase: 'tls', wasSent: false },
    options: { ca },
  },
  {
    what: 'a certificate that is not valid yet',
    url: () => servers.https(early, (_, response) => response.end()),
    code: 'MR_DELIVERY_TLS',
    ...retried,
    options: { ca },
  },
  {
    what: 'a certificate of another name',
    url: () => servers.https(misnamed, (_, response) => response.end()),
    code: 'MR_DELIVERY_TLS',
    ...retried,
    also: { wasSent: false },
    options: { ca },
  },
  {
    what: 'a self-signed certificate',
    url: () => servers.https(trusted, (_, response) => response.end()),
    code: 'MR_DELIVERY_TLS',
    ...retried,
    also: { wasSent: false },
  },
  {
    what: 'TLS where there is none',
    url: async () => (await servers.http((_, response) => response.end())).replace('http:', 'https:'),
    code: 'MR_DELIVERY_TLS',
    ...retried,
  },
  {
    what: 'a TLS handshake that stops',
    url: async () => (await servers.raw(() => {})).replace('http:', 'https:'),
    code: 'MR_DELIVERY_TIMEOUT',
    ...retried,
    also: { phase: 'tls' },
  },
  {
    what: 'no route',
    // Linux makes no TCP connection to a multicast address and says so itself: nothing is sent.
    url: async () => 'http://224.0.0.1/',
    code: 'MR_DELIVERY_NO_ROUTE',
    plan: 'wait',
    counts: false,
  },
  { what: '410', ...answering(410, 'MR_DELIVERY_GONE', 'disable', true) },
  { what: '429', ...answering(429, 'MR_DELIVERY_THROTTLED', 'throttle', false) },
  { what: '503', ...answering(503, 'MR_DELIVERY_THROTTLED', 'throttle', false) },
  { what: '404', ...answering(404, 'MR_DELIVERY_STATUS', 'retry', true) },
  { what: '500', ...answering(500, 'MR_DELIVERY_STATUS', 'retry', true) },
  { what: '204', ...answering(204, null, 'done', undefined) },
]

function answering(status: number, code: TryErrorCode | null, plan: Fault['plan'], counts: boolean | undefined) {
  const url = () => servers.http((_, response) => void response.writeHead(status).end())
  return { url, code, plan, ...(counts === undefined ? {} : { counts }), also: { statusCode: status } }
}

function drip(socket: import('node:net').Socket, text: string): void {
  let at = 0
  const timer = setInterval(() => socket.write(text[at++] ?? ''), 40)
  socket.once('close', () => clearInterval(timer))
}

test.concurrent.each(faults)(
  '$what is $code, and $plan follows',
  async ({ url, code, plan, counts, also, options }) => {
    // Time to come as far as the fault on a loaded machine too; only what ends by the deadline waits for it.
    const timeoutMs = code === 'MR_DELIVERY_TIMEOUT' ? 3_000 : 30_000
    const { tookMs, ...posted } = await postOnce(await url(), { timeoutMs, ...options })
    expect(posted.errorCode).toBe(code)
    expect(tookMs).toBeLessThan(timeoutMs + 3_000)
    const follows = code === null ? undefined : errorClasses[code]
    expect(follows?.plan ?? 'done').toBe(plan)
    expect(follows?.countsAgainstEndpoint).toBe(counts)
    expect(posted).toMatchObject(also ?? {})
  },
)

test('100 redirects are one failure and no further request', async () => {
  let asked = 0
  const url = await servers.http((_, response) => {
    asked++
    response.writeHead(307, { location: `/again/${asked}` }).end()
  })
  expect(await postOnce(url)).toMatchObject({ errorCode: 'MR_DELIVERY_REDIRECT', statusCode: 307 })
  expect(asked).toBe(1)
  expect(errorClasses.MR_DELIVERY_REDIRECT.plan).toBe('retry')
})

describe('name servers', () => {
  async function tried(behave: 'answer' | 'silent' | 'SERVFAIL', names = {}, url = 'http://hooks.customer.net:8443/') {
    const names_ = await startNameServer({ 'fine.customer.net': ['127.0.0.1'], ...names })
    const targets = targetsWith({
      allowPrivate: false,
      ports: [8443],
      servers: [names_.address],
      timeoutMs: behave === 'silent' ? 400 : 10_000,
    })
    names_.behave(behave)
    try {
      return { posted: await postOnce(url, { targets }), targets, names: names_ }
    } finally {
      await names_.close()
    }
  }

  test('that are silent are our fault', async () => {
    const { posted } = await tried('silent')
    expect(posted).toMatchObject({ errorCode: 'MR_DELIVERY_RESOLVER_AWAY', phase: 'dns', wasSent: false })
    expect(errorClasses.MR_DELIVERY_RESOLVER_AWAY).toEqual({ plan: 'wait', countsAgainstEndpoint: false })
  })

  test('that fail for this name alone are the fault of the name', async () => {
    expect((await tried('SERVFAIL')).posted.errorCode).toBe('MR_DELIVERY_DNS')
  })

  test('that know no such name make it the fault of the name', async () => {
    expect((await tried('answer')).posted.errorCode).toBe('MR_DELIVERY_DNS')
  })

  test('that are silent beyond the deadline of the try are our fault too', async () => {
    const names = await startNameServer({})
    names.behave('silent')
    const targets = targetsWith({ allowPrivate: false, ports: [8443], servers: [names.address], timeoutMs: 5_000 })
    const posted = await postOnce('https://hooks.customer.net:8443/', { targets, timeoutMs: 300 })
    await names.close()
    expect(posted.errorCode).toBe('MR_DELIVERY_RESOLVER_AWAY')
    expect(posted.tookMs).toBeLessThan(1_500)
  })
})
