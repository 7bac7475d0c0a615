import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { freePort } from '@millrace/local'
import { frontApp, frontPlain, frontRule, makeApiKey, makeHmac, type Scheme, verify } from '@millrace/signing'
import { fixture } from '@millrace/test-support'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshIds } from '../src/fresh-ids.ts'
import { millrace } from './support/millrace.ts'

const fixtures = resolve(import.meta.dirname, '../../../test/support/fixtures')
const frontFile = `${fixtures}/front/app-webhook.inbound_received.json`
const makeFile = `${fixtures}/make/get_client_knowledge_graph.request.json`
const env = { WEBHOOK_SECRET: 'front-secret', FRONT_RULE_SECRET: 'rule-secret', MAKE_COM_WEBHOOK_SECRET: 'make-secret' }

let gateway: Server
let url: string
let status: number
let seen: { path: string; headers: IncomingHttpHeaders; body: Buffer }[]

beforeAll(async () => {
  gateway = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    seen.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) })
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"webhook_id":"w-1","status":"accepted"}')
  })
  gateway.listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`
})
beforeEach(() => {
  seen = []
  status = 200
})
afterAll(() => {
  gateway.closeAllConnections()
  gateway.close()
})

const ways: readonly (readonly [string, string, Scheme, string, string, string])[] = [
  ['front', 'app', frontApp, 'front-secret', frontFile, '/api/webhooks/front'],
  ['front', 'rule', frontRule, 'rule-secret', frontFile, '/api/webhooks/front'],
  ['front', 'plain', frontPlain, 'front-secret', frontFile, '/api/webhooks/front'],
  ['make', 'api-key', makeApiKey, 'make-secret', makeFile, '/api/webhook/make.com/chatgpt-clients'],
  ['make', 'hmac', makeHmac, 'make-secret', makeFile, '/api/webhook/make.com/chatgpt-clients'],
]

test.each(ways)('send as %s by %s posts the very bytes with a signature that holds', async (...way) => {
  const [source, name, scheme, secret, file, path] = way
  const { code, out } = await millrace(['send', file, '--source', source, '--scheme', name, '--url', url], env)
  expect(code).toBe(0)
  expect(out).toContain('status      200')
  expect(out).toContain('webhook_id  w-1')
  const [request] = seen
  expect(request?.path).toBe(path)
  expect(request?.body).toEqual(
    fixture(
      source === 'make' ? 'make/get_client_knowledge_graph.request.json' : 'front/app-webhook.inbound_received.json',
    ),
  )
  const headers = request?.headers as Record<string, string>
  const verdict = verify(scheme, { headers, body: request?.body ?? Buffer.alloc(0) }, [{ id: 's', secret }], Date.now())
  expect(verdict.ok).toBe(true)
})

test('an answer that is not 2xx is shown, and the exit code is 1', async () => {
  status = 401
  const { code, out } = await millrace(['send', frontFile, '--source', 'front', '--url', url, '--json'], env)
  expect(code).toBe(1)
  expect(JSON.parse(out)).toEqual({ status: 401, webhook_id: 'w-1', body: { webhook_id: 'w-1', status: 'accepted' } })
})

test('--fresh makes each sending an event of its own', async () => {
  for (const [file, source] of [
    [frontFile, 'front'],
    [frontFile, 'front'],
    [makeFile, 'make'],
    [makeFile, 'make'],
  ] as const)
    await millrace(['send', file, '--source', source, '--fresh', '--url', url], env)
  const [first, second, third, fourth] = seen
  expect(first?.body).not.toEqual(second?.body)
  expect(third?.headers['idempotency-key']).not.toBe(fourth?.headers['idempotency-key'])
  expect(third?.body).toEqual(fourth?.body)
})

test('fresh ids keep which ids are equal, and every other byte', () => {
  const text = fixture('front/rule-webhook.inbound.json').toString()
  const fresh = freshIds(text)
  const shape = (of: string) => of.replaceAll(/\b(evt|cnv|msg|com)_[0-9a-z]+\b/g, '$1')
  expect(shape(fresh)).toBe(shape(text))
  const idsIn = (of: string): readonly string[] => of.match(/\b(evt|cnv|msg|com)_[0-9a-z]+\b/g) ?? []
  const pairs = new Map(idsIn(text).map((id, place) => [id, idsIn(fresh)[place]]))
  expect(idsIn(fresh)).toEqual(idsIn(text).map((id) => pairs.get(id)))
  expect(idsIn(fresh).some((id) => idsIn(text).includes(id))).toBe(false)
})

test('a gateway that is not there, a file that is not there and a secret that is not set are one line each', async () => {
  const nowhere = `http://127.0.0.1:${await freePort()}`
  const gone = await millrace(['send', frontFile, '--source', 'front', '--url', nowhere], env)
  const noFile = await millrace(['send', '/nowhere.json', '--source', 'front'], env)
  const noSecret = await millrace(['send', frontFile, '--source', 'front'])
  expect([gone, noFile, noSecret].map(({ code }) => code)).toEqual([1, 1, 1])
  expect(gone.err).toBe(`millrace: the gateway at ${nowhere} does not answer (ECONNREFUSED)\n`)
  expect(noFile.err).toBe('millrace: /nowhere.json cannot be read (ENOENT)\n')
  expect(noSecret.err).toBe('millrace: WEBHOOK_SECRET is not set, so there is nothing to sign with\n')
})
