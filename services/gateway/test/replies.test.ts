import { setTimeout as delay } from 'node:timers/promises'
import type { RecordCipher } from '@millrace/kafka'
import {
  FRONT_PATH,
  freshMakeSample,
  MAKE_PATH,
  signFront,
  signMake,
  startTcpProxy,
  waitFor,
} from '@millrace/test-support'
import { afterEach, expect, test } from 'vitest'
import { type FakeOptions, startFakeKnowledgeGraph } from './support/fake-knowledge-graph.ts'
import { type Answer, type Installation, type InstallationOptions, install, secrets } from './support/installation.ts'

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

function ask(at: Installation, body: Buffer, more: Record<string, string> = {}): Promise<Answer> {
  return at.post(MAKE_PATH, body, { ...signMake(body, secrets.make), ...more })
}

test('a caller gets the answer that was stored for its event', async () => {
  const at = await installed()
  answering(at)
  const { body } = freshMakeSample()
  const answer = await ask(at, body)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toContain('application/json')
  expect(answer.json).toEqual({ webhook_id: answer.headers.get('x-webhook-id'), status: 'processed' })
  const [record] = await at.received()
  expect(record?.value.payload.equals(body)).toBe(true)
  expect(record?.value.reply_to).toContain('replies:')
})

test('the same request again gets the same bytes and is not stored again', async () => {
  const at = await installed()
  answering(at)
  const { body } = freshMakeSample()
  const first = await ask(at, body)
  const second = await ask(at, body)
  expect(second.status).toBe(200)
  expect(second.body.equals(first.body)).toBe(true)
  expect(second.headers.get('x-webhook-id')).not.toBe(first.headers.get('x-webhook-id'))
  expect(await at.received()).toHaveLength(1)
})

test('a repeat of what is still in progress gets the same bytes, from another gateway too', async () => {
  const at = await installed()
  const other = await installed({ prefix: at.prefix })
  const { body } = freshMakeSample()
  const first = ask(at, body)
  await waitFor(async () => (await at.received()).length === 1, { what: 'the first request to be stored' })
  const repeats = [ask(at, body), ask(other, body)]
  await waitFor(async () => (await at.received()).length === 3, { what: 'the repeats to be stored' })
  answering(at)
  const answers = [await first, ...(await Promise.all(repeats))]
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200])
  expect(new Set(answers.map((answer) => answer.body.toString())).size).toBe(1)
})

test('an idempotency key, not the bytes, says what is the same request', async () => {
  const at = await installed()
  answering(at)
  const first = await ask(at, freshMakeSample().body, { 'idempotency-key': 'run-1' })
  const second = await ask(at, freshMakeSample().body, { 'idempotency-key': 'run-1' })
  const third = await ask(at, freshMakeSample().body, { 'idempotency-key': 'run-2' })
  expect(second.body.equals(first.body)).toBe(true)
  expect(third.body.equals(first.body)).toBe(false)
})

test('an announcement that got lost is made good within about a second', async () => {
  const at = await installed()
  answering(at, { isAnnounced: false })
  const answer = await ask(at, freshMakeSample().body)
  expect(answer.status).toBe(200)
  expect(answer.ms).toBeLessThan(3_000)
})

test('an event without a graph is a problem, so that a scenario stops', async () => {
  const at = await installed()
  const problems = [{ pointer: '/task', rule: 'a JSON object' }]
  const error = { code: 'MR_KNOWLEDGE_TASK_UNREADABLE', status_code: 422, problems }
  answering(at, { answer: ({ webhook_id }) => ({ webhook_id, status: 'failed', error }) })
  const answer = await ask(at, freshMakeSample().body)
  expect(answer).toMatchObject({
    status: 422,
    json: { rule: 'task-unreadable', errors: [{ pointer: '/task', detail: 'must be a JSON object' }] },
  })
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
})

test('a failed extraction is a 500 problem with webhook id and code, the same one for a repeat, and no internals', async () => {
  const at = await installed()
  const error = {
    code: 'MR_KNOWLEDGE_EXTRACTION_FAILED',
    status_code: 500,
    reason: 'canary at extract.ts:1',
    problems: [],
  }
  answering(at, { answer: ({ webhook_id }) => ({ webhook_id, status: 'failed', error }) })
  const { body } = freshMakeSample()
  const [answer, again] = [await ask(at, body), await ask(at, body)]
  expect(answer).toMatchObject({
    status: 500,
    json: { code: 'MR_GATEWAY_EXTRACTION_FAILED', webhook_id: answer.headers.get('x-webhook-id') },
  })
  expect(answer.body.toString()).not.toContain('canary')
  expect(again.body.equals(answer.body)).toBe(true)
})

test('an answer that does not come in time is 408, and the same request later gets it', async () => {
  const at = await installed({ settings: { webhookTimeoutMs: 1_000 } })
  const { body } = freshMakeSample()
  const late = await ask(at, body)
  expect(late).toMatchObject({ status: 408, json: { rule: 'reply-timeout', code: 'MR_GATEWAY_REPLY_TIMEOUT' } })
  expect(late.json.webhook_id).toBe(late.headers.get('x-webhook-id'))
  expect(late.ms).toBeLessThan(2_000)
  answering(at)
  const answer = await waitFor(
    async () => {
      const again = await ask(at, body)
      return again.status === 200 && again
    },
    { what: 'the answer' },
  )
  expect(answer.json.webhook_id).toBe(late.json.webhook_id)
})

test('without Redis a caller is told to come back before anything is stored', async () => {
  const { at, proxy } = await behindProxy()
  await proxy.down()
  const answer = await ask(at, freshMakeSample().body)
  expect(answer).toMatchObject({ status: 503, json: { rule: 'replies-unavailable' } })
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(answer.ms).toBeLessThan(2_000)
  expect(await at.received()).toEqual([])
})

test('a Redis that hangs is answered the same within 2 s', async () => {
  const { at, proxy } = await behindProxy()
  proxy.set('response', { mode: 'hold' })
  const answer = await ask(at, freshMakeSample().body)
  expect(answer).toMatchObject({ status: 503, json: { rule: 'replies-unavailable' } })
  expect(answer.ms).toBeLessThan(2_000)
  expect(await at.received()).toEqual([])
})

test('a Redis that comes back while a caller waits still brings the answer', async () => {
  const { at, proxy } = await behindProxy()
  const waiting = ask(at, freshMakeSample().body)
  await waitFor(async () => (await at.received()).length === 1, { what: 'the request to be stored' })
  await proxy.down()
  const fake = answering(at)
  await waitFor(() => fake.answered.size === 1, { what: 'the answer to be stored' })
  await proxy.up()
  expect((await waiting).status).toBe(200)
})

test('no more callers wait than there are seats, and who hangs up leaves his', async () => {
  const at = await installed()
  const hangUp = new AbortController()
  const waiting = Array.from({ length: 10 }, () => {
    const { body } = freshMakeSample()
    return fetch(at.url + MAKE_PATH, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: signMake(body, secrets.make),
      signal: hangUp.signal,
    }).catch(() => 'hung up')
  })
  await waitFor(async () => (await at.received()).length === 10, { what: 'ten callers to wait' })
  const refused = await ask(at, freshMakeSample().body)
  expect(refused).toMatchObject({ status: 503, json: { rule: 'too-many-waiting' } })
  hangUp.abort()
  expect(await Promise.all(waiting)).toEqual(Array(10).fill('hung up'))
  answering(at)
  const answer = await waitFor(
    async () => {
      const asked = await ask(at, freshMakeSample().body)
      return asked.status === 200 && asked
    },
    { what: 'a seat to be free' },
  )
  expect(answer.status).toBe(200)
  const hungUp = () => at.log.filter((line) => 'rule' in line && line.rule === 'hung-up')
  await waitFor(() => hungUp().length >= 10, { what: 'all of them to be noticed' })
  expect(hungUp()).toHaveLength(10)
})

test('a gateway that stops sends its callers on to another one', async () => {
  const at = await installed()
  const waiting = ask(at, freshMakeSample().body)
  await waitFor(async () => (await at.received()).length === 1, { what: 'the request to be stored' })
  const closing = at.gateway.close(1_000)
  const answer = await waiting
  expect(answer).toMatchObject({ status: 503, json: { rule: 'stopping' } })
  await Promise.race([closing, delay(5_000).then(() => Promise.reject(new Error('the gateway did not close')))])
})

async function behindProxy() {
  const real = new URL(process.env.REDIS_URL ?? '')
  const proxy = await startTcpProxy({ target: { host: real.hostname, port: Number(real.port) } })
  open.push(() => proxy.close())
  const at = await installed({ redisUrl: `redis://${proxy.host}:${proxy.port}` })
  // Connected, so that what follows is about a Redis that went away.
  await waitFor(() => at.isRedisReady(), { what: 'the gateway to connect' })
  return { at, proxy }
}

/** Everybody was erased. */
const erased: RecordCipher = {
  prepareWrite: () => undefined,
  encrypt: () => 'erased',
  prepareRead: () => undefined,
  isErased: () => true,
  decrypt: (_, bytes) => bytes,
}

test('who asks about somebody who was erased is told so at once, and a webhook about them is accepted; nothing is stored of either', async () => {
  const at = await installed({ cipher: erased })
  const answer = await ask(at, freshMakeSample().body)
  expect(answer.status).toBe(410)
  expect(answer.json).toMatchObject({ code: 'MR_GATEWAY_ERASED', rule: 'erased' })
  const body = Buffer.from('{"type":"inbound_received","payload":{"id":"evt_1","conversation":{"id":"cnv_1"}}}')
  expect((await at.post(FRONT_PATH, body, signFront(body, 'app', secrets.front))).status).toBe(200)
  expect(await at.received()).toEqual([])
})
