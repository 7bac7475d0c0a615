import { inspect } from 'node:util'
import { type FrontSimulator, ownTime, startFrontSimulator, waitFor } from '@millrace/test-support'
import { INVALID_SPAN_CONTEXT, type SpanOptions, type Tracer, trace } from '@opentelemetry/api'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Turn } from '../src/budget/turns.ts'
import { createFrontClient } from '../src/client.ts'
import { FrontError, type FrontErrorCode, frontErrors } from '../src/errors.ts'
import type { RateLimits } from '../src/rate-limits.ts'
import type { FrontClient, FrontClientOptions } from '../src/types.ts'

const token = 'secret-token-4711'
let front: FrontSimulator
const clients: FrontClient[] = []

beforeAll(async () => {
  front = await startFrontSimulator({ token })
})
afterEach(async () => {
  front.reset()
  front.limit(null)
  await Promise.all(clients.splice(0).map((client) => client.close()))
})
afterAll(() => front.close())

function clientOf(options: Partial<FrontClientOptions> = {}): FrontClient {
  const client = createFrontClient({ baseUrl: front.url, token, fetchTimeoutMs: 10_000, ...options })
  clients.push(client)
  return client
}

async function failure(promise: Promise<unknown>): Promise<FrontError> {
  const error = await promise.then(
    () => new Error('the call succeeded'),
    (raised: unknown) => raised,
  )
  if (!(error instanceof FrontError)) throw error
  return error
}

async function codeOf(promise: Promise<unknown>): Promise<FrontErrorCode> {
  return (await failure(promise)).code
}

test('gives a conversation beside the bytes that Front sent', async () => {
  front.world.putConversation({ id: 'cnv_1', subject: 'Where is my order?' })
  const answer = await clientOf().getConversation('cnv_1')
  expect(answer.value).toMatchObject({ id: 'cnv_1', subject: 'Where is my order?' })
  expect(JSON.parse(answer.bytes.toString())).toEqual(answer.json)
  expect(answer.mergedInto).toBeNull()
})

test('reads messages newest first over several pages', async () => {
  for (let index = 1; index <= 7; index++) front.world.addMessage('cnv_1', { id: `msg_${index}`, created_at: index })
  const answer = await clientOf().listMessages('cnv_1', { limit: 3, maxPages: 5 })
  expect(answer.value.map((message) => message.id)).toEqual([
    'msg_7',
    'msg_6',
    'msg_5',
    'msg_4',
    'msg_3',
    'msg_2',
    'msg_1',
  ])
  expect(answer.pages).toHaveLength(3)
  expect(answer.hasMore).toBe(false)
})

test('stops after the asked number of pages and says that more is there', async () => {
  for (let index = 1; index <= 7; index++) front.world.addMessage('cnv_1', { created_at: index })
  const answer = await clientOf().listMessages('cnv_1', { limit: 3, maxPages: 2 })
  expect(answer.value).toHaveLength(6)
  expect(answer.hasMore).toBe(true)
  expect(front.calls('/messages')).toHaveLength(2)
})

test('gives the whole list of comments', async () => {
  for (let index = 1; index <= 60; index++) front.world.addComment('cnv_1', { posted_at: index })
  const answer = await clientOf().listComments('cnv_1')
  expect(answer.value).toHaveLength(60)
  expect(answer.hasMore).toBe(false)
})

test('gives events and messages by id', async () => {
  front.world.addEvent({ id: 'evt_1', type: 'archive' })
  front.world.addMessage('cnv_1', { id: 'msg_1', text: 'Hello' })
  const client = clientOf()
  expect((await client.getEvent('evt_1')).value).toMatchObject({ id: 'evt_1', type: 'archive' })
  expect((await client.getMessage('msg_1')).value).toMatchObject({ id: 'msg_1', text: 'Hello' })
})

test('a merged conversation is an error that names the survivor', async () => {
  front.world.putConversation({ id: 'cnv_2' })
  front.world.merge('cnv_1', 'cnv_2')
  for (const call of [
    clientOf().getConversation('cnv_1'),
    clientOf().listMessages('cnv_1'),
    clientOf().listComments('cnv_1'),
  ]) {
    expect(await failure(call)).toMatchObject({ code: 'MR_FRONT_MERGED', mergedInto: 'cnv_2', status: 301 })
  }
})

test('a merge is followed when asked, over a chain', async () => {
  front.world.putConversation({ id: 'cnv_3', subject: 'Survivor' })
  front.world.merge('cnv_1', 'cnv_2')
  front.world.merge('cnv_2', 'cnv_3')
  const answer = await clientOf().getConversation('cnv_1', { followMerged: true })
  expect(answer).toMatchObject({ mergedInto: 'cnv_3', value: { subject: 'Survivor' } })
})

test('a loop of merges ends', async () => {
  front.world.merge('cnv_1', 'cnv_2')
  front.world.merge('cnv_2', 'cnv_1')
  expect(await codeOf(clientOf().getConversation('cnv_1', { followMerged: true }))).toBe('MR_FRONT_MERGED')
})

test('a redirect to a foreign host is not followed', async () => {
  front.fail({ status: 301, headers: { location: 'https://evil.example/conversations/cnv_2' } })
  expect(await codeOf(clientOf().getConversation('cnv_1', { followMerged: true }))).toBe('MR_FRONT_BAD_ANSWER')
  expect(front.calls()).toHaveLength(1)
})

test.each([
  [400, 'MR_FRONT_REJECTED'],
  [401, 'MR_FRONT_UNAUTHORIZED'],
  [403, 'MR_FRONT_FORBIDDEN'],
  [404, 'MR_FRONT_NOT_FOUND'],
  [429, 'MR_FRONT_THROTTLED'],
  [500, 'MR_FRONT_UNAVAILABLE'],
  [503, 'MR_FRONT_UNAVAILABLE'],
  [302, 'MR_FRONT_BAD_ANSWER'],
  [204, 'MR_FRONT_BAD_ANSWER'],
] as const)('status %i becomes %s', async (status, code) => {
  front.fail({ status, message: 'Said by Front of ada@example.com' })
  const error = await failure(clientOf().getConversation('cnv_1'))
  expect(error).toMatchObject({
    code,
    status,
    retryable: frontErrors[code].retryable,
    statusCode: frontErrors[code].statusCode,
  })
  if (status >= 400) expect(error.message).toBe(`GET /conversations/cnv_1 answered ${status} (${code})`)
})

test('a 403 names the scope that the token lacks', async () => {
  front.fail({ status: 403, message: 'Missing required scopes: [events:*:read, comments:read]' })
  expect(await failure(clientOf().getEvent('evt_1'))).toMatchObject({
    missingScopes: ['events:*:read', 'comments:read'],
    message: 'GET /events/evt_1 answered 403: the token lacks events:*:read, comments:read (MR_FRONT_FORBIDDEN)',
  })
})

test('what is no scope is not taken for one', async () => {
  front.fail({ status: 403, message: 'Missing required scopes: [comments:read, ada@example.com, Ada Lovelace]' })
  const error = await failure(clientOf().getEvent('evt_1'))
  expect(error.missingScopes).toEqual(['comments:read'])
  expect(error.message).not.toMatch(/ada/i)
})

test('Retry-After is taken as seconds', async () => {
  front.fail(
    { status: 429, headers: { 'retry-after': '17' }, count: 1 },
    { status: 503, headers: { 'retry-after': '2.5' }, count: 1 },
  )
  expect((await failure(clientOf().getConversation('cnv_1'))).retryAfterMs).toBe(17_000)
  expect((await failure(clientOf().getConversation('cnv_1'))).retryAfterMs).toBe(2_500)
})

test('a 429 without Retry-After takes the wait from its text', async () => {
  front.fail({ status: 429, message: 'Rate limit exceeded for tier-2 route. Please retry in 341 milliseconds.' })
  expect((await failure(clientOf().getConversation('cnv_1'))).retryAfterMs).toBe(341)
})

test("reports the plan's limits after every answer, and the plan's 429 with its wait", async () => {
  front.limit(2)
  front.world.putConversation({ id: 'cnv_1' })
  const seen: (RateLimits | null)[] = []
  const turn: Turn = { askedAt: performance.now(), done: ({ limits }) => seen.push(limits), giveBack: () => {} }
  const client = clientOf({ turns: { take: async () => turn } })
  for (let call = 0; call < 3; call++) await client.getConversation('cnv_1')
  const error = await failure(client.getConversation('cnv_1'))
  expect(error.code).toBe('MR_FRONT_THROTTLED')
  expect(error.retryAfterMs).toBeGreaterThan(0)
  expect(error.retryAfterMs).toBeLessThanOrEqual(60_000)
  expect(seen.map((limits) => [limits?.limit, limits?.remaining, limits?.burstRemaining])).toEqual([
    [2, 1, 1],
    [2, 0, 1],
    [2, 0, 0],
    [2, 0, 0],
  ])
  expect(seen[0]?.resetAt).toBeGreaterThan(Date.now())
})

test('an answer that does not come in time is a timeout', async () => {
  front.fail({ how: 'hang' })
  const startedAt = ownTime()
  expect(await codeOf(clientOf({ fetchTimeoutMs: 100 }).getConversation('cnv_1'))).toBe('MR_FRONT_TIMEOUT')
  expect(ownTime() - startedAt).toBeLessThan(1_500)
})

test('the deadline covers a body that stops half way', async () => {
  front.fail({ how: 'slow-body' })
  expect(await codeOf(clientOf({ fetchTimeoutMs: 100 }).getConversation('cnv_1'))).toBe('MR_FRONT_TIMEOUT')
})

test('a late answer within the deadline is taken', async () => {
  front.world.putConversation({ id: 'cnv_1' })
  front.fail({ latencyMs: 50 })
  expect((await clientOf().getConversation('cnv_1')).value.id).toBe('cnv_1')
})

test('a body without end is cut at the cap', async () => {
  front.fail({ how: 'endless-body' })
  expect(await codeOf(clientOf({ maxAnswerBytes: 200_000 }).getConversation('cnv_1'))).toBe('MR_FRONT_TOO_LARGE')
})

test('an answer of exactly the cap is taken, one byte more is not', async () => {
  front.world.putConversation({ id: 'cnv_1' })
  const { length } = (await clientOf().getConversation('cnv_1')).bytes
  expect((await clientOf({ maxAnswerBytes: length }).getConversation('cnv_1')).value.id).toBe('cnv_1')
  expect(await codeOf(clientOf({ maxAnswerBytes: length - 1 }).getConversation('cnv_1'))).toBe('MR_FRONT_TOO_LARGE')
})

test.each([
  ['half a JSON text', { how: 'malformed' as const }],
  ['no object', { body: '[1]' }],
  ['no id', { body: '{"subject":"x"}' }],
])('%s is a bad answer', async (_, fault) => {
  front.fail(fault)
  expect(await codeOf(clientOf().getConversation('cnv_1'))).toBe('MR_FRONT_BAD_ANSWER')
})

test('a list without results is a bad answer', async () => {
  front.fail({ body: '{"_pagination":{"next":null}}' })
  expect(await codeOf(clientOf().listMessages('cnv_1'))).toBe('MR_FRONT_BAD_ANSWER')
})

test('a reset connection and a refused one are unavailable', async () => {
  front.fail({ how: 'reset' })
  expect(await codeOf(clientOf().getConversation('cnv_1'))).toBe('MR_FRONT_UNAVAILABLE')
  const nobody = clientOf({ baseUrl: 'http://127.0.0.1:1' })
  expect(await codeOf(nobody.getConversation('cnv_1'))).toBe('MR_FRONT_UNAVAILABLE')
})

test("the caller's abort ends the call with the caller's reason", async () => {
  front.fail({ how: 'hang' })
  const controller = new AbortController()
  const call = clientOf().getConversation('cnv_1', { signal: controller.signal })
  const reason = new Error('partition lost')
  setTimeout(() => controller.abort(reason), 20)
  await expect(call).rejects.toBe(reason)
})

test('a next link to a foreign host gives its page token to the API, not the token to the host', async () => {
  for (let index = 1; index <= 3; index++) front.world.addMessage('cnv_1', { id: `msg_${index}`, created_at: index })
  const client = clientOf()
  const honest = (await client.listMessages('cnv_1', { limit: 1 })).pages[0]?.value
  const pageToken = new URL(honest?.next ?? '').searchParams.get('page_token')
  const hostile = {
    _pagination: { next: `https://evil.example/steal?page_token=${pageToken}` },
    _results: honest?.results,
  }
  front.fail({ body: JSON.stringify(hostile), count: 1 })
  const answer = await client.listMessages('cnv_1', { limit: 1, maxPages: 2 })
  expect(answer.value.map((message) => message.id)).toEqual(['msg_3', 'msg_2'])
})

test('a hostile next link without a page token ends the list', async () => {
  front.fail({ body: '{"_pagination":{"next":"http://127.0.0.1:1/steal"},"_results":[{"id":"msg_1"}]}' })
  const answer = await clientOf().listMessages('cnv_1', { maxPages: 5 })
  expect(answer).toMatchObject({ hasMore: true, value: [{ id: 'msg_1' }] })
  expect(front.calls()).toHaveLength(1)
})

test.each(['cnv_1/../../me', 'cnv_', 'evt_1', 'cnv_1?x', 'cnv_ü', ''])(
  'the id %j is refused before any call',
  async (id) => {
    expect(await codeOf(clientOf().getConversation(id))).toBe('MR_FRONT_BAD_ID')
    expect(front.calls()).toHaveLength(0)
  },
)

test('no error shows the token, even when the answer quotes it', async () => {
  front.fail(
    { status: 400, message: `bad header Bearer ${token}`, count: 1 },
    { how: 'reset', count: 1 },
    { how: 'malformed', count: 1 },
  )
  const client = clientOf()
  for (let call = 0; call < 3; call++) {
    expect(inspect(await failure(client.getConversation('cnv_1')), { depth: 10, showHidden: true })).not.toContain(
      token,
    )
  }
})

test('a token that no header can carry is refused without being shown', async () => {
  const client = clientOf({ token: 'secret\nx: y' })
  await expect(client.getConversation('cnv_1')).rejects.toThrow(/^the Front API token is empty or holds characters/)
})

test('the token is asked for at each call, so that it may be renewed', async () => {
  front.world.putConversation({ id: 'cnv_1' })
  const tokens = ['old', token]
  const client = clientOf({ token: () => tokens.shift() ?? token })
  expect(await codeOf(client.getConversation('cnv_1'))).toBe('MR_FRONT_UNAUTHORIZED')
  expect((await client.getConversation('cnv_1')).value.id).toBe('cnv_1')
})

test('tells of every call with its route, status and time', async () => {
  const calls: unknown[] = []
  const client = clientOf({ onCall: (call) => calls.push(call) })
  await failure(client.getConversation('cnv_1'))
  expect(calls).toEqual([{ route: '/conversations/{id}', status: 404, durationMs: expect.any(Number) }])
})

test('closing ends what still hangs at its deadline', async () => {
  front.fail({ how: 'hang' })
  const client = clientOf({ fetchTimeoutMs: 60_000 })
  const hung = codeOf(client.getConversation('cnv_1'))
  await waitFor(() => front.calls().length === 1, { what: 'the call to arrive' })
  await client.close(50)
  expect(await hung).toBe('MR_FRONT_UNAVAILABLE')
})

test('closing waits for a call that is about to end, and may be done twice', async () => {
  front.world.putConversation({ id: 'cnv_1' })
  front.fail({ latencyMs: 100 })
  const client = clientOf()
  const late = client.getConversation('cnv_1')
  await waitFor(() => front.calls().length === 1, { what: 'the call to arrive' })
  await Promise.all([client.close(), client.close()])
  expect((await late).value.id).toBe('cnv_1')
})

test('a span names the template of the path, never the conversation', async () => {
  const seen: (SpanOptions | undefined)[] = []
  const startSpan = (_: string, options?: SpanOptions) => {
    seen.push(options)
    return trace.wrapSpanContext(INVALID_SPAN_CONTEXT)
  }
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) as unknown as Tracer })
  try {
    await failure(clientOf().getConversation('cnv_unheardof'))
  } finally {
    trace.disable()
  }
  expect(seen).toMatchObject([{ attributes: { 'url.template': '/conversations/{id}' } }])
  expect(JSON.stringify(seen)).not.toContain('cnv_')
})
