import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { selfSigned } from '@millrace/test-support'
import { expect, onTestFinished, test } from 'vitest'
import { lookAtIngress } from '../src/watch-ingress.ts'

const never = new AbortController().signal
const asGateway: RequestListener = ({ url }, response) => {
  response.writeHead(url === '/api/status' ? 200 : 404).end('{"ok":true,"version":"0.1.0"}')
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

test('a gateway that answers is reachable, also where its address ends in a slash', async () => {
  const port = await portOf(createServer(asGateway))
  expect(await lookAtIngress(`http://127.0.0.1:${port}/`, never)).toEqual({ problem: null, certificateEndsAt: null })
})

test('a load balancer that answers for itself is no gateway', async () => {
  const port = await portOf(createServer((_, response) => response.writeHead(200).end('<html>maintenance</html>')))
  expect(await lookAtIngress(`http://127.0.0.1:${port}`, never)).toMatchObject({
    problem: 'it answers 200, but not as a gateway',
  })
})

test('nobody at the address is told with the reason', async () => {
  expect(await lookAtIngress('http://127.0.0.1:1', never)).toMatchObject({
    problem: 'it does not answer (ECONNREFUSED)',
  })
})

test('a certificate that senders would not trust is a problem', async () => {
  const port = await portOf(createTlsServer(selfSigned('localhost'), asGateway))
  expect((await lookAtIngress(`https://127.0.0.1:${port}`, never)).problem).toMatch(/CERT/)
})

test('a trusted certificate tells when it ends', async () => {
  const pair = selfSigned('localhost')
  const port = await portOf(createTlsServer(pair, asGateway))
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, pair.cert])
  onTestFinished(() => setDefaultCACertificates(before))
  const { problem, certificateEndsAt } = await lookAtIngress(`https://localhost:${port}`, never)
  expect(problem).toBeNull()
  expect(certificateEndsAt).toBeGreaterThan(Date.now())
})
