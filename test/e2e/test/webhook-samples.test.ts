import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseSources, type Source } from '@millrace/service-kit'
import { newEd25519KeyPair, type Scheme, secretsForScheme, verifyRequest } from '@millrace/signing'
import { bareEnv } from '@millrace/test-support'
import { afterEach, expect, test } from 'vitest'
import { samplesFor, signedHeaders } from '../src/webhooks/source-samples.ts'

const root = resolve(import.meta.dirname, '../../..')
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const yaml = `
providers:
  zorg:
    schemes:
      - name: signed
        header: x-zorg-sig
        template: "{id}|{timestamp}|{body}"
        id_header: x-zorg-id
        timestamp: { header: x-zorg-time, unit: ms }
    event: { id: ev.uid, type: ev.kind }
sources:
  - name: fr
    provider: front
    secrets:
      - { id: old, secret: old-secret, not_after: 2026-01-01T00:00:00Z }
      - { id: app, secret: app-secret, schemes: [app] }
      - { id: rule, secret: rule-secret, schemes: [rule] }
  - { name: mk, provider: make, secrets: [{ secret: make-key }] }
  - { name: cu, provider: clickup, secrets: [{ secret: clickup-secret }] }
  - { name: sw, provider: standard-webhooks, secrets: [{ secret: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" }] }
  - { name: hm, provider: hmac, secrets: [{ secret: hmac-secret }] }
  - { name: ak, provider: api-key, secrets: [{ secret: api-key-1 }] }
  - { name: gh, provider: github, secrets: [{ secret: github-secret }] }
  - { name: st, provider: stripe, secrets: [{ secret: stripe-secret }] }
  - { name: sl, provider: slack, secrets: [{ secret: slack-secret }] }
  - { name: zo, provider: zorg, secrets: [{ secret: zorg-secret }] }
`

async function sourcesOf(text: string): Promise<readonly Source[]> {
  const parsed = await parseSources(text, () => ({ rule: 'is not set' }))
  if (!('sources' in parsed)) throw new Error(JSON.stringify(parsed))
  return parsed.sources
}

test('what is made for each source of a file is proved by a secret of that source that counts now', async () => {
  const now = Date.now()
  for (const source of await sourcesOf(yaml)) {
    const { samples } = samplesFor(source, now)
    expect([source.name, samples.length > 0]).toEqual([source.name, true])
    for (const sample of samples) {
      const { body, scheme } = sample
      const headers = signedHeaders(sample, now)
      const secretsFor = (each: Scheme) => secretsForScheme(source.secrets, each)
      const verdict = verifyRequest({ schemes: source.schemes, secretsFor, headers, body, now })
      expect([source.name, verdict.ok, verdict.scheme]).toEqual([source.name, true, scheme.name])
    }
  }
})

test('a scheme without a secret of now is named, and none of its samples is made', async () => {
  const [front] = await sourcesOf(yaml)
  if (front === undefined) throw new Error('no source')
  const { samples, unsigned } = samplesFor(front)
  expect(unsigned).toEqual(['plain'])
  expect(new Set(samples.map(({ scheme }) => scheme.name))).toEqual(new Set(['app', 'rule']))
})

test('a source that has only a public key can be sent nothing', async () => {
  const { publicKey } = newEd25519KeyPair()
  const [source] = await sourcesOf(
    `sources:\n  - { name: a, provider: standard-webhooks, schemes: [v1a], secrets: [{ secret: "${publicKey}" }] }\n`,
  )
  if (source === undefined) throw new Error('no source')
  expect(samplesFor(source)).toEqual({ samples: [], unsigned: ['v1a'] })
})

test('a body that is made of the provider’s data has its id and its type where the provider reads them', async () => {
  const sources = await sourcesOf(yaml)
  const sampleOf = (name: string) => samplesFor(sources.find((source) => source.name === name) as Source).samples[0]
  const bodyOf = (name: string) => JSON.parse(sampleOf(name)?.body.toString() ?? '')
  expect(bodyOf('st')).toMatchObject({ type: 'test', id: expect.any(String) })
  expect(bodyOf('sl')).toMatchObject({ event: { type: 'test' }, event_id: expect.any(String) })
  expect(bodyOf('zo')).toMatchObject({ ev: { kind: 'test', uid: expect.any(String) } })
  expect(sampleOf('gh')?.headers).toEqual({ 'x-github-event': 'test' })
})

test('a refusal is told with its rule and what to do', async () => {
  const problem = {
    type: 'http://gateway.test/problems/signature-mismatch',
    rule: 'signature-mismatch',
    detail: 'No secret fits.',
  }
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(request.url ?? '')
    response.writeHead(request.url === '/api/status' ? 200 : 401, { 'content-type': 'application/problem+json' })
    response.end(request.url === '/api/status' ? '{}' : JSON.stringify(problem))
  })
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const file = join(mkdtempSync(join(tmpdir(), 'millrace-webhooks-')), 'sources.yaml')
  writeFileSync(file, yaml)
  const { out, code } = await testWebhooks({
    MILLRACE_GATEWAY_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    MILLRACE_SOURCES: file,
    WEBHOOK_SECRET: 'of-another-place',
  })
  expect(code).toBe(1)
  expect(out).toContain('why: signature-mismatch: No secret fits.')
  expect(out).toContain(`do:  the gateway has other secrets than this command, which signs with those of ${file}`)
  expect(paths).toEqual(expect.arrayContaining(['/api/webhooks/gh', '/api/webhooks/zo', '/api/webhooks/fr']))
})

function testWebhooks(env: Record<string, string>): Promise<{ out: string; code: number }> {
  const script = join(root, 'test/e2e/src/test-webhooks.main.ts')
  return new Promise((done) => {
    execFile(
      join(root, 'node_modules/node/bin/node'),
      [script],
      { cwd: tmpdir(), env: { ...bareEnv(), ...env } },
      (error, stdout) => done({ out: stdout, code: typeof error?.code === 'number' ? error.code : 0 }),
    )
  })
}
