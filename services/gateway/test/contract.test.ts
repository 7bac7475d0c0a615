import { freshMakeSample, MAKE_PATH, signMake, waitFor } from '@millrace/test-support'
import { afterEach, expect, test } from 'vitest'
import { type FakeOptions, startFakeKnowledgeGraph } from './support/fake-knowledge-graph.ts'
import {
  type Answer,
  frontSource,
  type Installation,
  type InstallationOptions,
  install,
  makeSource,
  secrets,
} from './support/installation.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})

async function installed(options: InstallationOptions = {}): Promise<Installation> {
  const at = await install(options)
  open.push(() => at.close())
  return at
}

function answering(at: Installation, options?: FakeOptions) {
  const fake = startFakeKnowledgeGraph(at, options)
  open.push(() => fake.stop())
  return fake
}

function ask(at: Installation, body: Buffer, more: Record<string, string> = {}, path = MAKE_PATH): Promise<Answer> {
  return at.post(path, body, { ...signMake(body, secrets.make), ...more })
}

const isAsync = { prefer: 'respond-async' }

async function look(
  at: Installation,
  url: string,
  headers: Record<string, string> = { 'x-make-apikey': secrets.make },
) {
  const response = await fetch(new URL(url, at.url), { headers })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

test('a bad body is refused with every missing and wrong field at once, and nothing is published', async () => {
  const at = await installed()
  const body = Buffer.from('{"client_id":7.5,"task":{"name":"","custom_fields":{},"assignees":[1]}}')
  const answer = await ask(at, body)
  expect(answer).toMatchObject({ status: 400, json: { rule: 'body-invalid', code: 'MR_GATEWAY_BODY_INVALID' } })
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(answer.json.webhook_id).toBe(answer.headers.get('x-webhook-id'))
  const pointers = (answer.json.errors as { pointer: string }[]).map(({ pointer }) => pointer)
  expect(pointers).toEqual(['/action_id', '/task/id', '/task/name', '/task/custom_fields', '/task/assignees/0'])
  expect(await at.received()).toEqual([])
})

test.each(['[]', '"text"', '[{"client_id":"c"}]'])('a body %s is no request for a graph', async (body) => {
  const at = await installed()
  expect((await ask(at, Buffer.from(body))).status).toBe(400)
  expect(await at.received()).toEqual([])
})

test('who cannot prove a request is not told what its body lacks', async () => {
  const at = await installed()
  expect((await at.post(MAKE_PATH, '{}')).status).toBe(401)
})

test('a source at another path that names the contract is held to it', async () => {
  const path = '/api/webhooks/tasks'
  const at = await installed({ sources: [makeSource, { ...makeSource, name: 'tasks', path }] })
  const refused = await ask(at, Buffer.from('{"client_id":"c","action_id":"a"}'), {}, path)
  expect(refused).toMatchObject({ status: 400, json: { rule: 'body-invalid' } })
  expect(await at.received()).toEqual([])
  answering(at)
  expect((await ask(at, freshMakeSample().body, {}, path)).status).toBe(200)
})

test('a synchronous source without a contract takes any event', async () => {
  const path = '/api/webhooks/other'
  const at = await installed({
    sources: [frontSource, makeSource, { ...makeSource, name: 'other', path, contract: undefined }],
  })
  answering(at)
  expect(await ask(at, Buffer.from('{"id":"x"}'), {}, path)).toMatchObject({ status: 200 })
})

test('a request that prefers it is told at once where its answer will be', async () => {
  const at = await installed()
  const answer = await ask(at, freshMakeSample().body, { prefer: 'wait=5, Respond-Async' })
  expect(answer.status).toBe(202)
  expect(answer.headers.get('preference-applied')).toBe('respond-async')
  const url = answer.headers.get('location') ?? ''
  expect(url).toBe(`${MAKE_PATH}/status/${answer.headers.get('x-webhook-id')}`)
  expect(answer.json).toMatchObject({ webhook_id: answer.headers.get('x-webhook-id'), status_url: url })
  expect(await at.received()).toHaveLength(1)
})

test('the status is 202 in progress, then 200 with the answer, from any gateway', async () => {
  const at = await installed()
  const other = await installed({ prefix: at.prefix })
  const asked = await ask(at, freshMakeSample().body, isAsync)
  const url = asked.headers.get('location') ?? ''
  const before = await look(other, url)
  expect(before.status).toBe(202)
  expect(Number(before.headers.get('retry-after'))).toBeGreaterThan(0)
  answering(at)
  const after = await waitFor(
    async () => {
      const seen = await look(other, url)
      return seen.status === 200 && seen
    },
    { what: 'the answer' },
  )
  expect(JSON.parse(after.text)).toEqual({ webhook_id: asked.json.webhook_id, status: 'processed' })
})

test('the status of what failed is the problem', async () => {
  const at = await installed()
  answering(at, { answer: () => ({ status: 'failed', error: { status_code: 500 } }) })
  const asked = await ask(at, freshMakeSample().body, isAsync)
  const failed = await waitFor(
    async () => {
      const seen = await look(at, asked.headers.get('location') ?? '')
      return seen.status === 500 && seen
    },
    { what: 'the failure' },
  )
  expect(JSON.parse(failed.text)).toMatchObject({ rule: 'extraction-failed' })
})

test('a repeat of what was answered is not stored again, and its status has the same answer', async () => {
  const at = await installed()
  answering(at)
  const { body } = freshMakeSample()
  const first = await ask(at, body)
  const asked = await ask(at, body, isAsync)
  expect(asked.status).toBe(202)
  expect((await look(at, asked.headers.get('location') ?? '')).text).toBe(first.body.toString())
  expect(await at.received()).toHaveLength(1)
})

test('a status needs the credential of its source, and one that nobody asked for is unknown', async () => {
  const path = '/api/webhooks/other'
  const theirs = { ...makeSource, name: 'other', path, secrets: [{ id: 'other', secret: 'canary-other-secret' }] }
  const at = await installed({ sources: [makeSource, theirs] })
  const asked = await ask(at, freshMakeSample().body, isAsync)
  const url = asked.headers.get('location') ?? ''
  expect((await look(at, url, {})).status).toBe(401)
  expect((await look(at, url, { 'x-make-apikey': 'wrong' })).status).toBe(401)
  const elsewhere = url.replace(MAKE_PATH, path)
  expect((await look(at, elsewhere, { 'x-make-apikey': 'canary-other-secret' })).status).toBe(404)
  expect((await look(at, `${MAKE_PATH}/status/00000000-0000-7000-8000-000000000000`)).status).toBe(404)
  expect((await look(at, `${MAKE_PATH}/status/x`)).status).toBe(404)
  expect((await at.post(url, '{}')).headers.get('allow')).toBe('GET')
})

test('without Redis nothing is promised and nothing is stored', async () => {
  const at = await installed({ redisUrl: 'redis://127.0.0.1:1' })
  const answer = await ask(at, freshMakeSample().body, isAsync)
  expect(answer).toMatchObject({ status: 503, json: { rule: 'replies-unavailable' } })
  expect(await at.received()).toEqual([])
})
