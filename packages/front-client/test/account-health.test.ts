import { randomUUID } from 'node:crypto'
import { type FrontSimulator, startFrontSimulator } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { createAccountHealth, type Degradation } from '../src/account-health.ts'
import { createFrontClient } from '../src/client.ts'
import { waitOf } from '../src/errors.ts'

const redis = new Redis(process.env.REDIS_URL ?? '')
let front: FrontSimulator
let key: string
let now: number
const closers: (() => unknown)[] = []
beforeEach(async () => {
  front = await startFrontSimulator({ token: 'right', autoCreate: true })
  key = randomUUID()
  now = 1_763_859_600_000
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
  await front.close()
})
afterAll(() => redis.disconnect())

/** One process that calls an account with a token. */
function caller(token: { value: string } = { value: 'right' }, shared: Pick<Redis, never> = redis) {
  const changes: (Degradation | null)[] = []
  const health = createAccountHealth({
    redis: shared as Redis,
    key,
    credentials: () => token.value,
    onChange: (_, news) => changes.push(news),
    now: () => now,
  })
  const client = createFrontClient({ token: () => token.value, baseUrl: front.url, guard: health })
  closers.push(() => client.close())
  return { health, client, changes }
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  )

test('after a 401 no call is made until the next try is due, and everyone is told how long that is', async () => {
  const { client, health, changes } = caller({ value: 'wrong' })
  expect(await failure(client.getConversation('cnv_1'))).toMatchObject({ code: 'MR_FRONT_UNAUTHORIZED' })
  const told = await failure(client.listEvents())
  expect(told).toMatchObject({ code: 'MR_FRONT_UNAUTHORIZED' })
  expect(waitOf(told)).toBe(10_000)
  expect(front.calls()).toHaveLength(1)
  expect(health.degradations()).toMatchObject([{ route: '*', status: 401, missingScopes: [], since: now }])
  expect(changes).toHaveLength(1)
})

test('a scope that the token lacks stops the calls that need it, no others, and is named', async () => {
  front.scopes(['conversations:*:read'])
  const { client, health } = caller()
  expect(await failure(client.listEvents())).toMatchObject({ code: 'MR_FRONT_FORBIDDEN' })
  const again = await failure(client.listEvents())
  expect(again).toMatchObject({ code: 'MR_FRONT_FORBIDDEN', missingScopes: ['events:*:read'] })
  expect(waitOf(again)).toBe(10_000)
  await client.getConversation('cnv_1')
  await failure(client.listEvents())
  expect(front.calls('/events')).toHaveLength(1)
  expect(health.degradations()).toMatchObject([{ route: '/events', status: 403, missingScopes: ['events:*:read'] }])
})

test('tries grow rarer while the token is refused, and the first that works ends it', async () => {
  const { client, health, changes } = caller()
  front.revoke(true)
  const waits: (number | null)[] = []
  for (let attempt = 0; attempt < 7; attempt++) {
    await failure(client.getConversation('cnv_1'))
    waits.push(waitOf(await failure(client.getConversation('cnv_1'))))
    now += waits.at(-1) ?? 0
  }
  expect(waits).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000])
  expect(front.calls()).toHaveLength(7)
  front.revoke(false)
  await client.getConversation('cnv_1')
  expect(health.degradations()).toEqual([])
  expect(changes.at(-1)).toBeNull()
  await client.getConversation('cnv_1')
})

test('other processes know of it, and one of them alone tries', async () => {
  const [one, other] = [caller(), caller()]
  front.revoke(true)
  await failure(one.client.getConversation('cnv_1'))
  await failure(other.client.getConversation('cnv_1'))
  now += 10_000
  const calls = front.calls().length
  front.fail({ latencyMs: 50 })
  await Promise.all([one, other, one, other].map(({ client }) => failure(client.getConversation('cnv_1'))))
  expect(front.calls().length - calls).toBe(1)
})

test('a new token is tried at once', async () => {
  const token = { value: 'wrong' }
  const { client } = caller(token)
  await failure(client.getConversation('cnv_1'))
  token.value = 'right'
  await client.getConversation('cnv_1')
})

test('without Redis each process remembers for itself', async () => {
  const away = new Proxy({}, { get: () => () => Promise.reject(new Error('Redis is away')) })
  const { client } = caller({ value: 'wrong' }, away)
  for (let call = 0; call < 5; call++) await failure(client.getConversation('cnv_1'))
  expect(front.calls()).toHaveLength(1)
  now += 10_000
  await Promise.all([1, 2, 3].map(() => failure(client.getConversation('cnv_1'))))
  expect(front.calls()).toHaveLength(2)
})
