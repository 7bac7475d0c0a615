import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startFrontSimulator } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { createFrontClient } from '../src/client.ts'
import { createOAuthTokens, type SecretBox } from '../src/oauth-tokens.ts'

const redis = new Redis(process.env.REDIS_URL ?? '')
afterAll(() => redis.disconnect())

/** Hides the text from a reader of Redis well enough for a test. */
const box: SecretBox = {
  seal: (plain, belongsTo) => Buffer.from(JSON.stringify([belongsTo, plain])).toString('base64'),
  open: (sealed, belongsTo) => {
    const [name, plain] = JSON.parse(Buffer.from(sealed, 'base64').toString()) as [string, string]
    if (name !== belongsTo) throw new Error('it belongs to something else')
    return plain
  },
}

/** A token endpoint that gives a new refresh token each time and takes each only once. */
const endpoint = createServer((request, response) => void answer(request, response))
let asked: { authorization: string | undefined; form: URLSearchParams }[]
let valid: string
let status: number
let tokenUrl: string
let lifeSeconds: number
let key: string
let now: number
beforeEach(async () => {
  asked = []
  valid = 'refresh-0'
  status = 200
  lifeSeconds = 3_600
  key = randomUUID()
  now = Date.now()
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve))
  tokenUrl = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/oauth/token`
})
afterEach(() => new Promise((resolve) => endpoint.close(resolve)))

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request) body += chunk
  const form = new URLSearchParams(body)
  asked.push({ authorization: request.headers.authorization, form })
  response.setHeader('content-type', 'application/json')
  response.setHeader('connection', 'close')
  if (status !== 200) return void response.writeHead(status).end('{"error":"server_error"}')
  if (form.get('refresh_token') !== valid) return void response.writeHead(400).end('{"error":"invalid_grant"}')
  valid = `refresh-${asked.length}`
  const tokens = {
    access_token: `access-${asked.length}`,
    refresh_token: valid,
    expires_at: Math.floor(now / 1_000) + lifeSeconds,
  }
  response.end(JSON.stringify(tokens))
}

/** One process of several that share the account. */
function replica(refreshToken = 'refresh-0', shared: Redis = redis) {
  const client = { clientId: 'millrace', clientSecret: 'very secret', tokenUrl, refreshToken }
  return createOAuthTokens({ redis: shared, key, client: () => client, box, now: () => now })
}

test('the first token is fetched by HTTP Basic with the refresh token of the configuration, and used from then on', async () => {
  const tokens = replica()
  expect(await tokens.current()).toBe('access-1')
  expect(await tokens.current()).toBe('access-1')
  const [first] = asked
  expect(Buffer.from(first?.authorization?.slice(6) ?? '', 'base64').toString()).toBe('millrace:very%20secret')
  expect(Object.fromEntries(first?.form ?? [])).toEqual({ grant_type: 'refresh_token', refresh_token: 'refresh-0' })
  expect(asked).toHaveLength(1)
})

test('many who need one at the same time, in several processes, fetch one', async () => {
  const processes = [replica(), replica(), replica()]
  const got = await Promise.all(processes.flatMap((each) => [each.current(), each.current()]))
  expect(new Set(got)).toEqual(new Set(['access-1']))
  expect(asked).toHaveLength(1)
})

test('it is refreshed before it ends, with the refresh token that Front gave last, while calls go on with the old one', async () => {
  const tokens = replica()
  await tokens.current()
  now += 3_600_000 - 300_000
  expect(await tokens.current()).toBe('access-1')
  await expect.poll(() => tokens.current(), { timeout: 60_000 }).toBe('access-2')
  expect(asked.map(({ form }) => form.get('refresh_token'))).toEqual(['refresh-0', 'refresh-1'])
})

test('a process that starts later goes on with what is kept', async () => {
  await replica().current()
  expect(await replica().current()).toBe('access-1')
  now += 3_600_000
  expect(await replica().current()).toBe('access-2')
})

test('another refresh token in the configuration begins anew', async () => {
  await replica().current()
  valid = 'authorised-again'
  expect(await replica('authorised-again').current()).toBe('access-2')
})

test('one that Front refuses is renewed once, by whoever is first', async () => {
  const [one, other] = [replica(), replica()]
  await Promise.all([one.current(), other.current()])
  await Promise.all([one.renew('access-1'), other.renew('access-1'), one.renew('access-1')])
  expect(await Promise.all([one.current(), other.current()])).toEqual(['access-2', 'access-2'])
  expect(asked).toHaveLength(2)
})

test('while the endpoint fails the present token is used to its end, then calls fail with when to try again', async () => {
  const tokens = replica()
  await tokens.current()
  status = 503
  now += 3_600_000 - 120_000
  expect(await tokens.current()).toBe('access-1')
  now += 120_000
  await expect(tokens.current()).rejects.toMatchObject({ code: 'MR_FRONT_TOKEN_UNAVAILABLE', retryAfterMs: 5_000 })
  const before = asked.length
  await expect(tokens.current()).rejects.toMatchObject({ code: 'MR_FRONT_TOKEN_UNAVAILABLE' })
  expect(asked).toHaveLength(before)
  status = 200
  now += 5_001
  expect(await tokens.current()).toMatch(/^access-/)
})

test('a refresh token that is not accepted is not tried again and again', async () => {
  const tokens = replica('wrong')
  for (let attempt = 0; attempt < 5; attempt++)
    await expect(tokens.current()).rejects.toMatchObject({ code: 'MR_FRONT_TOKEN_UNAVAILABLE', status: 400 })
  now += 100_000
  await expect(tokens.current()).rejects.toMatchObject({ status: 400, retryAfterMs: 200_000 })
  expect(asked).toHaveLength(1)
})

test('a new refresh token is tried at once after one that was refused', async () => {
  const client = { clientId: 'millrace', clientSecret: 'secret', tokenUrl, refreshToken: 'wrong' }
  const tokens = createOAuthTokens({ redis, key, client: () => ({ ...client }), box, now: () => now })
  await expect(tokens.current()).rejects.toMatchObject({ status: 400 })
  client.refreshToken = 'refresh-0'
  expect(await tokens.current()).toBe('access-2')
})

test('nothing in Redis and in errors tells a secret', async () => {
  await replica().current()
  const kept = (await redis.get(`front:{${key}}:oauth`)) ?? ''
  expect(kept).not.toMatch(/access-|refresh-/)
  now += 3_600_000
  valid = 'another'
  const error = await replica()
    .current()
    .catch((raised: Error) => raised)
  expect(String(error)).toContain('invalid_grant')
  expect(String(error)).not.toMatch(/refresh-|very secret/)
})

test('a call that Front refuses for its token is made again with a new one, once', async () => {
  const oauth = { clientId: 'millrace', clientSecret: 'secret', refreshToken: 'refresh-0' }
  const front = await startFrontSimulator({ oauth, autoCreate: true })
  const client = { ...oauth, tokenUrl: `${front.url}/oauth/token` }
  const tokens = createOAuthTokens({ redis, key, client: () => client, box })
  const api = createFrontClient({
    token: () => tokens.current(),
    renewToken: (refused) => tokens.renew(refused),
    baseUrl: front.url,
  })
  await api.getConversation('cnv_1')
  front.revoke(true)
  front.revoke(false)
  await api.getConversation('cnv_2')
  expect(front.calls('/conversations').map((call) => call.status)).toEqual([200, 401, 200])
  await api.close()
  await front.close()
})
