import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createGateway, type EmbeddedGateway, type GatewayOptions, type ReceivedEvent } from '@millrace/gateway'
import { freePort } from '@millrace/local'
import { bareEnv, selfSigned, signFront, waitFor } from '@millrace/test-support'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { post } from './support/installation.ts'

const open: EmbeddedGateway[] = []
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close(1_000)
})
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

async function embed(options: Partial<GatewayOptions> = {}): Promise<EmbeddedGateway> {
  const gateway = await createGateway({
    sources: [{ name: 'front', provider: 'front' }],
    settings: { host: '127.0.0.1', port: 0 },
    log: quiet,
    ...options,
  })
  open.push(gateway)
  return gateway
}

const body = Buffer.from('{"type":"comment","id":"evt_1","conversation":{"id":"cnv_1"}}')

test('an action gets each proven event with the sender’s bytes, and 2xx waits for it', async () => {
  const gateway = await embed()
  const seen: ReceivedEvent[] = []
  let isSafe = false
  gateway.registerSecret('front', 'app-secret')
  gateway.registerRoute('front', async (event) => {
    seen.push(event)
    await new Promise(setImmediate)
    isSafe = true
  })
  const url = `${await gateway.listen()}/api/webhooks/front`
  expect((await post(url, body, signFront(body, 'app', 'another'))).json.rule).toBe('signature-mismatch')
  const answer = await post(url, body, signFront(body, 'app', 'app-secret'))
  expect([answer.status, isSafe]).toEqual([200, true])
  expect(seen).toHaveLength(1)
  expect(seen[0]).toMatchObject({ webhookId: answer.json.webhook_id, type: 'comment.added', conversationId: 'cnv_1' })
  expect(seen[0]?.payload.equals(body)).toBe(true)
})

test('an action that throws or takes too long is 503 with Retry-After, and its words stay inside', async () => {
  const gateway = await embed({ actionTimeoutMs: 50 })
  gateway.registerSecret('front', 'app-secret')
  const url = `${await gateway.listen().catch(() => '')}`
  expect(url).toBe('')
  gateway.registerRoute('front', () => {
    throw new Error('canary')
  })
  const to = `${await gateway.listen()}/api/webhooks/front`
  const failed = await post(to, body, signFront(body, 'app', 'app-secret'))
  gateway.registerRoute('front', () => new Promise(() => {}))
  const hung = await post(to, body, signFront(body, 'app', 'app-secret'))
  expect([failed, hung].map(({ status, json, headers }) => [status, json.rule, headers.get('retry-after')])).toEqual([
    [503, 'action-failed', '5'],
    [503, 'action-failed', '5'],
  ])
  expect(failed.body.toString()).not.toContain('canary')
})

test('a secret that is registered again under its id replaces the old one while requests come', async () => {
  const gateway = await embed()
  gateway.registerRoute('front', () => {})
  const to = `${await gateway.listen()}/api/webhooks/front`
  const status = async (secret: string) => (await post(to, body, signFront(body, 'app', secret))).status
  gateway.registerSecret('front', { id: 'one', secret: 'first' })
  expect([await status('first'), await status('second')]).toEqual([200, 401])
  gateway.registerSecret('front', { id: 'one', secret: 'second' })
  expect([await status('first'), await status('second')]).toEqual([401, 200])
})

test('events of a source without an action go to the Kafka that is given', async () => {
  const sent: string[] = []
  const kafka: NonNullable<GatewayOptions['kafka']> = {
    send: async (topic, key) => {
      sent.push(`${topic.name} ${key}`)
      return { topic: topic.name, partition: 0, offset: 0n, id: `${topic.name}-0-0` }
    },
    isReachable: () => true,
    isCongested: () => false,
  }
  const gateway = await embed({ kafka })
  gateway.registerSecret('front', 'app-secret')
  const to = `${await gateway.listen()}/api/webhooks/front`
  expect((await post(to, body, signFront(body, 'app', 'app-secret'))).status).toBe(200)
  expect(sent).toEqual(['webhooks.received.v1 default/cnv_1'])
})

test('what cannot work is told at once, with the name that is wrong', async () => {
  const gateway = await embed({ sources: [{ name: 'hooks', provider: 'standard-webhooks' }] })
  expect(() => gateway.registerRoute('front', () => {})).toThrow('there is no source front; there are hooks')
  expect(() => gateway.registerSecret('hooks', 'whsec_not base64!')).toThrow('secret registered of source hooks')
  await expect(gateway.listen()).rejects.toThrow('no Kafka is given, and without an action are: hooks')
  const twins = embed({
    sources: [
      { name: 'a', provider: 'hmac' },
      { name: 'b', provider: 'hmac', path: '/api/webhooks/a' },
    ],
  })
  await expect(twins).rejects.toThrow('two sources have the path /api/webhooks/a')
})

test('what an operator may not have meant is told when it begins to listen, once secrets are registered', async () => {
  const told: string[] = []
  const log = { ...quiet, warn: (_: object, message: string) => void told.push(message) }
  const sources = [
    { name: 'front', provider: 'front' },
    { name: 'hooks', provider: 'hmac' },
  ]
  const gateway = await embed({ sources, log })
  gateway.registerSecret('front', 'app-secret')
  for (const { name } of sources) gateway.registerRoute(name, () => {})
  expect(told).toEqual([])
  await gateway.listen()
  expect(told).toEqual(['source has no secret: all of its requests will be refused'])
})

test('unsigned webhooks are told where they are taken, and in production there is no such gateway', async () => {
  onTestFinished(() => void vi.unstubAllEnvs())
  const told: string[] = []
  const log = { ...quiet, warn: (_: object, message: string) => void told.push(message) }
  const settings = { host: '127.0.0.1', port: 0, webhookValidationEnabled: false }
  const gateway = await embed({ settings, log })
  gateway.registerRoute('front', () => {})
  const to = `${await gateway.listen()}/api/webhooks/front`
  expect(told).toEqual([expect.stringContaining('SIGNATURES ARE NOT REQUIRED')])
  expect((await post(to, body)).status).toBe(200)
  vi.stubEnv('NODE_ENV', 'production')
  await expect(embed({ settings, log })).rejects.toThrow('is not allowed when NODE_ENV is production')
  await expect(embed()).resolves.toBeDefined()
})

test('with a certificate the URL is one of https', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-embed-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const files = { tlsCertFile: join(dir, 'tls.crt'), tlsKeyFile: join(dir, 'tls.key') }
  const { cert, key } = selfSigned('embedded')
  writeFileSync(files.tlsCertFile, cert)
  writeFileSync(files.tlsKeyFile, key)
  const gateway = await embed({ settings: { host: '127.0.0.1', port: 0, ...files } })
  gateway.registerRoute('front', () => {})
  expect(await gateway.listen()).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
})

test('the example takes a GitHub webhook', async () => {
  const root = resolve(import.meta.dirname, '../../..')
  const port = await freePort()
  const child = spawn(join(root, 'node_modules/node/bin/node'), [join(import.meta.dirname, '../examples/embed.ts')], {
    env: { ...bareEnv(), PORT: String(port), GITHUB_WEBHOOK_SECRET: 'github-secret' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  try {
    await waitFor(() => out.includes('post to'), { what: 'the example to listen' })
    const push = Buffer.from('{"ref":"refs/heads/main"}')
    const signature = createHmac('sha256', 'github-secret').update(push).digest('hex')
    const headers = {
      'x-hub-signature-256': `sha256=${signature}`,
      'x-github-event': 'push',
      'x-github-delivery': 'd-1',
    }
    const answer = await post(`http://127.0.0.1:${port}/api/webhooks/github`, push, headers)
    expect(answer.status).toBe(200)
    await waitFor(() => out.includes(`github.push ${answer.json.webhook_id} ${push.length} bytes`), {
      what: `the event in ${out}`,
    })
  } finally {
    child.kill()
  }
})
