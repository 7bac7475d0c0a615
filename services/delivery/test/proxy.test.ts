import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createServer as createTls } from 'node:tls'
import { freePort } from '@millrace/local'
import { type CertificatePair, selfSigned, startNameServer } from '@millrace/test-support'
import { afterAll, expect, test } from 'vitest'
import { errorClasses } from '../src/error-classes.ts'
import { postOnce } from './support/posting.ts'
import { createServers } from './support/servers.ts'
import { targetsWith } from './support/targets.ts'
import { tunnel } from './support/tunnel.ts'

const servers = createServers()
const closers: (() => void)[] = []
afterAll(async () => {
  for (const close of closers) close()
  await servers.close()
})

/** An HTTP proxy that tunnels, or answers as it is told; `asked` has the heads that came. */
async function proxy(behave: 'tunnel' | 'silent' | number = 'tunnel', certificate?: CertificatePair) {
  const asked: string[] = []
  const take = (socket: Socket) => {
    socket
      .on('error', () => {})
      .once('data', (head) => {
        asked.push(head.toString('latin1'))
        if (behave === 'silent') return
        if (behave !== 'tunnel') return void socket.end(`HTTP/1.1 ${behave} No\r\ncontent-length: 0\r\n\r\n`)
        tunnel(socket, asked.at(-1) ?? '')
      })
  }
  const server = certificate === undefined ? createServer(take) : createTls(certificate, take)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => server.close())
  const scheme = certificate === undefined ? 'http' : 'https'
  return { url: `${scheme}://user:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

test('is asked for the vetted address, never for the name, and logged in to', async () => {
  const { url, asked } = await proxy()
  const target = await servers.http((_, response) => response.end('hello'))
  const posted = await postOnce(target.replace('127.0.0.1', 'localhost'), { proxyUrl: url })
  expect(posted).toMatchObject({ statusCode: 200, errorCode: null, answer: Buffer.from('hello') })
  expect(posted.address).toMatch(/^(127\.0\.0\.1|::1)$/)
  expect(asked.at(-1)).toMatch(new RegExp(`^CONNECT (127\\.0\\.0\\.1|\\[::1\\]):${new URL(target).port} HTTP/1.1\r\n`))
  expect(asked.at(-1)).toContain(`proxy-authorization: Basic ${Buffer.from('user:p@ss').toString('base64')}`)
  expect(asked.join()).not.toContain('localhost')
  expect(asked.join()).not.toContain('token=1')
})

test('carries TLS that is checked against the name of the URL', async () => {
  const { url } = await proxy()
  const [good, bad] = [selfSigned('good'), selfSigned('bad', { names: ['other.customer.net'] })]
  const ca = good.cert + bad.cert
  const answer = (_: unknown, response: { end(): void }) => response.end()
  const fine = await postOnce(await servers.https(good, answer), { proxyUrl: url, ca })
  expect(fine).toMatchObject({ statusCode: 200, errorCode: null })
  expect(fine.tlsMs).toBeGreaterThan(0)
  const wrong = await postOnce(await servers.https(bad, answer), { proxyUrl: url, ca })
  expect(wrong).toMatchObject({ errorCode: 'MR_DELIVERY_TLS', wasSent: false })
})

test('may speak TLS itself, with the TLS of the endpoint inside', async () => {
  const [own, good] = [selfSigned('proxy'), selfSigned('good')]
  const { url, asked } = await proxy('tunnel', own)
  const target = await servers.https(good, (_, response) => response.end())
  const posted = await postOnce(target, { proxyUrl: url, ca: own.cert + good.cert })
  expect(posted).toMatchObject({ statusCode: 200, errorCode: null })
  expect(asked).toHaveLength(1)
  const distrusted = await postOnce(target, { proxyUrl: url, ca: good.cert })
  expect(distrusted).toMatchObject({ errorCode: 'MR_DELIVERY_PROXY_AWAY', wasSent: false })
})

test('is not asked for an address that is forbidden, nor for a name that leads to one', async () => {
  const { url, asked } = await proxy()
  const names = await startNameServer({ 'hooks.customer.net': ['93.184.215.14', '10.0.0.1'] })
  const targets = targetsWith({ allowPrivate: false, ports: [8443], servers: [names.address] })
  for (const target of ['http://hooks.customer.net:8443/', 'http://169.254.169.254:8443/', 'http://[::1]:8443/']) {
    expect(await postOnce(target, { proxyUrl: url, targets })).toMatchObject({
      errorCode: 'MR_DELIVERY_ADDRESS_REFUSED',
    })
  }
  await names.close()
  expect(asked).toEqual([])
})

const away = 'MR_DELIVERY_PROXY_AWAY'
test.each([
  ['is down', async () => `http://127.0.0.1:${await freePort()}`],
  ['wants another login', async () => (await proxy(407)).url],
  ['refuses', async () => (await proxy(403)).url],
  ['is overloaded', async () => (await proxy(503)).url],
  ['says nothing', async () => (await proxy('silent')).url],
  ['speaks another protocol', async () => (await servers.saying('SSH-2.0-OpenSSH_9.6\r\n\r\n')).slice(0, -1)],
])('that %s is our fault, which no endpoint pays for', async (_, proxyUrl) => {
  const posted = await postOnce('http://127.0.0.1:1/', { proxyUrl: await proxyUrl(), timeoutMs: 400 })
  expect(posted).toMatchObject({ errorCode: away, wasSent: false, statusCode: null })
  expect(errorClasses[away]).toEqual({ plan: 'wait', countsAgainstEndpoint: false })
})

test('that cannot reach the endpoint says so of the endpoint', async () => {
  const { url } = await proxy()
  const posted = await postOnce(`http://127.0.0.1:${await freePort()}/`, { proxyUrl: url })
  expect(posted).toMatchObject({ errorCode: 'MR_DELIVERY_CONNECTION', wasSent: false })
})
