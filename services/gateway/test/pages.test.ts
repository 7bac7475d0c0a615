import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { domainErrors } from '@millrace/domain'
import type { Source } from '@millrace/service-kit'
import type { Handshake } from '@millrace/signing'
import { freshMakeSample, headersOf, signFront } from '@millrace/test-support'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiPart } from '../src/describe-api.ts'
import { gatewayErrors } from '../src/errors.ts'
import { problemTypes } from '../src/problem-types.ts'
import { startFakeKnowledgeGraph } from './support/fake-knowledge-graph.ts'
import { frontSource, type Installation, install, makeSource, STATUS_TOKEN, secrets } from './support/installation.ts'

const sources = [
  frontSource,
  makeSource,
  { ...frontSource, name: 'narrow', path: '/api/webhooks/narrow', rateLimitPerMinute: 1 },
]
let at: Installation
let document: ApiPart
beforeAll(async () => {
  at = await install({
    sources,
    settings: { webhookBaseUrl: 'https://hooks.example.com/' },
  })
  document = (await (await fetch(`${at.url}/openapi.json`)).json()) as ApiPart
})
afterAll(() => at.close())

const comment = Buffer.from('{"type":"comment","id":"evt_page1"}')
const bearer = { authorization: `Bearer ${STATUS_TOKEN}` }

test('the document is valid OpenAPI 3.1 and has every source’s path', async () => {
  const validator = new Validator()
  const result = await validator.validate(structuredClone(document) as Record<string, unknown>)
  expect(result.errors ?? []).toEqual([])
  expect(result.valid).toBe(true)
  expect(validator.version).toBe('3.1')
  expect(Object.keys(document.paths as object)).toEqual(
    expect.arrayContaining([frontSource.path, makeSource.path, '/api/webhooks/narrow', '/api/status', '/openapi.json']),
  )
})

test('a source that comes while the gateway runs is in the document, one that goes is not', async () => {
  const other = { ...frontSource, name: 'other', path: '/api/webhooks/other' }
  const own = await install({ sources: [frontSource] })
  try {
    own.gateway.useSources([other])
    const { paths } = (await (await fetch(`${own.url}/openapi.json`)).json()) as ApiPart
    expect(Object.keys(paths as object)).toContain(other.path)
    expect(Object.keys(paths as object)).not.toContain(frontSource.path)
  } finally {
    await own.close()
  }
})

test('every page answers as it is described', async () => {
  const paths = Object.entries(document.paths as Record<string, ApiPart>).filter(
    ([path, methods]) => 'get' in methods && !path.startsWith('/api/webhook'),
  )
  expect(paths.map(([path]) => path).toSorted()).toEqual([
    '/api/status',
    '/docs',
    '/docs/style.css',
    '/openapi.json',
    '/problems',
    '/problems/{slug}',
  ])
  for (const [path] of paths) {
    const answer = await fetch(at.url + path.replace('{slug}', 'signature-mismatch'))
    await expectDescribed(path, 'get', answer)
    expect(answer.status).toBe(200)
  }
  await expectDescribed('/problems/{slug}', 'get', await fetch(`${at.url}/problems/nothing-such`))
  await expectDescribed('/api/status', 'get', await fetch(`${at.url}/api/status`, { headers: bearer }))
  await expectDescribed(
    '/api/status',
    'get',
    await fetch(`${at.url}/api/status`, { headers: { authorization: 'Bearer x' } }),
  )
})

test('what is accepted, and what is refused, is answered as it is described', async () => {
  const signed = signFront(comment, 'app', secrets.front)
  const sync = Buffer.from('{"type":"sync","authorization":{"id":"cmp_abc"}}')
  const broken = Buffer.from('{"type":')
  const narrow = '/api/webhooks/narrow'
  const cases: [string, Buffer, Record<string, string>, number][] = [
    [frontSource.path, comment, signed, 200],
    [frontSource.path, sync, { ...signFront(sync, 'app', secrets.front), 'x-front-challenge': 'abc' }, 200],
    [frontSource.path, comment, {}, 401],
    [frontSource.path, broken, signFront(broken, 'app', secrets.front), 400],
    [frontSource.path, Buffer.alloc(1_100_000, 0x20), signed, 413],
    [frontSource.path, comment, { ...signed, 'content-encoding': 'gzip' }, 415],
    [narrow, comment, signed, 200],
    [narrow, comment, signed, 429],
    [makeSource.path, comment, { 'x-make-apikey': secrets.make }, 400],
  ]
  for (const [path, body, headers, status] of cases) {
    const answer = await fetch(at.url + path, { method: 'POST', body: new Uint8Array(body), headers })
    expect([path, answer.status]).toEqual([path, status])
    await expectDescribed(path, 'post', answer)
  }
})

/** A source whose provider asks by GET. */
function hubWith(headers: Readonly<Record<string, string>>): Source {
  const handshake: Handshake = {
    name: 'hub',
    method: 'GET',
    when: [{ field: 'query:hub.challenge' }],
    isVerified: false,
    challenge: 'query:hub.challenge',
    answer: { status: 200, contentType: 'text/plain', body: '{challenge}', headers },
  }
  return { ...frontSource, name: 'hub', path: '/api/webhooks/hub', handshakes: [handshake] }
}

test('a provider that asks by GET is described, and answered as it is described', async () => {
  const hub = hubWith({})
  at.gateway.useSources([...sources, hub])
  document = (await (await fetch(`${at.url}/openapi.json`)).json()) as ApiPart
  const answer = await fetch(`${at.url}${hub.path}?hub.challenge=abc`)
  expect(answer.status).toBe(200)
  await expectDescribed(hub.path, 'get', answer)
  await expectDescribed(hub.path, 'get', await fetch(at.url + hub.path))
  at.gateway.useSources(sources)
})

test('a header that cannot be written makes an answer of ours fail, and nothing else', async () => {
  const hub = hubWith({ 'x-a': 'one\ntwo…' })
  at.gateway.useSources([...sources, hub])
  expect((await fetch(`${at.url}${hub.path}?hub.challenge=abc`)).status).toBe(500)
  expect((await fetch(at.url + hub.path)).status).toBe(405)
  at.gateway.useSources(sources)
})

test('the synchronous answer is answered as it is described', async () => {
  const fake = startFakeKnowledgeGraph(at, { answer: ({ webhook_id }) => answerOf(webhook_id) })
  const sample = freshMakeSample()
  const headers = headersOf(sample, secrets)
  const request = { method: 'POST', body: new Uint8Array(sample.body) }
  const answer = await fetch(at.url + makeSource.path, { ...request, headers })
  expect(answer.status).toBe(200)
  await expectDescribed(makeSource.path, 'post', answer)
  const later = await fetch(at.url + makeSource.path, {
    ...request,
    headers: { ...headers, prefer: 'respond-async', 'idempotency-key': 'another' },
  })
  await fake.stop()
  const look = `${at.url}${makeSource.path}/status/${later.headers.get('x-webhook-id')}`
  expect(later.status).toBe(202)
  await expectDescribed(makeSource.path, 'post', later)
  const lookPath = `${makeSource.path}/status/{webhook_id}`
  await expectDescribed(lookPath, 'get', await fetch(look, { headers }))
  await expectDescribed(lookPath, 'get', await fetch(look))
  await expectDescribed(lookPath, 'get', await fetch(`${look.slice(0, -4)}ffff`, { headers }))
})

test('every rule that the gateway may answer with has a page, and its problem leads there', async () => {
  const folder = join(import.meta.dirname, '../src')
  const written = readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/\brule: '([a-z0-9-]+)'/g)])
    .map(([, rule]) => rule ?? '')
  const coded = Object.values(gatewayErrors).map(({ rule }) => rule)
  const ofBodies = Object.keys(domainErrors).filter((code) => /_(BODY|BATCH)_/.test(code))
  expect([...written, ...coded].filter((rule) => !untold.includes(rule) && !problemTypes.has(rule))).toEqual([])
  expect([...problemTypes.values()].map(({ code }) => code)).toEqual(
    expect.arrayContaining([...Object.keys(gatewayErrors), ...ofBodies]),
  )
  const refused = await fetch(at.url + frontSource.path, { method: 'POST', body: '{}' })
  const { type } = (await refused.json()) as { type: string }
  expect(type).toBe('https://hooks.example.com/problems/signature-missing')
  for (const slug of problemTypes.keys()) {
    const page = await fetch(`${at.url}/problems/${slug}`)
    expect([slug, page.status]).toEqual([slug, 200])
    expect(await page.text()).toContain(`<code>${slug}</code>`)
  }
})

test('pages run nothing and load nothing from elsewhere', async () => {
  for (const path of ['/docs', '/problems', '/problems/signature-mismatch']) {
    const page = await fetch(at.url + path)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'self'")
    const html = await page.text()
    expect(html).not.toMatch(/<script|\son\w+=|style=|https?:\/\/(?!hooks\.example\.com)/)
  }
})

test('/openapi.json tells no tenant, account or id of a secret, and with GATEWAY_API_DOCS=token strangers nothing', async () => {
  expect(JSON.stringify(document)).not.toMatch(/canary|"webhook"|tenant: default/)
  const guarded = await install({ settings: { apiDocs: 'token' } })
  try {
    const page = (headers = {}) => fetch(`${guarded.url}/openapi.json`, { headers })
    expect([(await page()).status, (await page(bearer)).status]).toEqual([401, 200])
  } finally {
    await guarded.close()
  }
})

test('the status tells handshakes, verdicts by rule and how long each source has been silent', async () => {
  const own = await install({ sources: [frontSource, makeSource] })
  try {
    const sync = Buffer.from('{"type":"sync","authorization":{"id":"cmp_abc"}}')
    await own.post(frontSource.path, sync, { ...signFront(sync, 'app', secrets.front), 'x-front-challenge': 'c' })
    await own.post(frontSource.path, comment, signFront(comment, 'app', secrets.front))
    await own.post(frontSource.path, comment)
    const status = (await (await fetch(`${own.url}/api/status`, { headers: bearer })).json()) as {
      sources: Record<string, unknown>[]
    }
    expect(status.sources[0]).toMatchObject({
      handshakes: 1,
      accepted: 1,
      events_by_scheme: { app: 1 },
      refused: { 'signature-missing': 1 },
      last_refused: { rule: 'signature-missing', at: expect.any(Number) },
      silent_since: expect.any(Number),
    })
    expect(status.sources[1]).toMatchObject({ accepted: 0, silent_since: null, silent_for_seconds: expect.any(Number) })
  } finally {
    await own.close()
  }
})

/** The least that the Make contract promises. */
function answerOf(webhookId: string): object {
  const metadata = { extractor: 'x', extractor_version: 1, node_count: 0, relationship_count: 0, unread: [] }
  const graph = { client_id: 'c', extraction_id: 'e', knowledge_nodes: [], relationships: [], metadata }
  return {
    webhook_id: webhookId,
    status: 'processed',
    client_id: 'c',
    result: {
      webhook_id: webhookId,
      client_id: 'c',
      action_id: 'get_client_data',
      timestamp: new Date().toISOString(),
      source: 'make',
      knowledge_graph: graph,
    },
  }
}

/** Told of a caller or a connection that gets no answer. */
const untold = ['hung-up', 'connections', 'answers-unread']

/** Holds an answer against what the document says of its operation. */
async function expectDescribed(path: string, method: string, answer: Response): Promise<void> {
  const type = (answer.headers.get('content-type') ?? '').split(';', 1)[0] ?? ''
  const text = await answer.text()
  const response = described(path, method, answer.status)
  expect([path, answer.status, response !== undefined]).toEqual([path, answer.status, true])
  const content = (response?.content ?? {}) as Record<string, ApiPart>
  expect([path, answer.status, Object.keys(content)]).toEqual([path, answer.status, [type]])
  for (const name of Object.keys((response?.headers ?? {}) as object))
    if (name === 'x-webhook-id' || answer.status === 429)
      expect([name, answer.headers.get(name)]).not.toEqual([name, null])
  if (!type.includes('json')) return
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  const validate = ajv.compile({ ...(content[type]?.schema as object), components: document.components })
  validate(JSON.parse(text))
  expect([path, answer.status, validate.errors]).toEqual([path, answer.status, null])
}

function described(path: string, method: string, status: number): ApiPart | undefined {
  const paths = document.paths as Record<string, Record<string, ApiPart>>
  return (paths[path]?.[method]?.responses as Record<string, ApiPart> | undefined)?.[status]
}
