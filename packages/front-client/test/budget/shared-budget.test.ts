import { randomUUID } from 'node:crypto'
import { type FrontSimulator, startFrontSimulator, startTcpProxy, waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { afterEach, expect, test } from 'vitest'
import { createSharedBudget } from '../../src/budget/shared-budget.ts'
import { createTurns } from '../../src/budget/turns.ts'
import { createFrontClient } from '../../src/client.ts'
import { FrontError } from '../../src/errors.ts'

const REDIS_URL = process.env.REDIS_URL ?? ''
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function startFront(callsPerMinute: number): Promise<FrontSimulator> {
  const front = await startFrontSimulator({ token: 'secret', autoCreate: true })
  closers.push(() => front.close())
  front.limit(callsPerMinute)
  return front
}

function connect(url = REDIS_URL): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 50,
    commandTimeout: 10_000,
  })
  redis.on('error', () => {})
  closers.push(() => redis.disconnect())
  return redis
}

interface Member {
  readonly redis: Redis
  readonly key: string
  readonly callsPerMinute: number
}

/** Milliseconds that the first call waits for the budget's second in which no resource's calls are known. */
const FIRST_MS = 1_500

/** One process of several that share the budget named by `key`. */
function member(front: FrontSimulator, { redis, key, callsPerMinute }: Member) {
  const shared: boolean[] = []
  const store = createSharedBudget({
    redis,
    key,
    limits: () => ({ callsPerMinute, leaseMs: 4_000 }),
    onShared: (isShared) => shared.push(isShared),
  })
  const turns = createTurns({ store, name: key })
  const client = createFrontClient({ token: 'secret', baseUrl: front.url, turns })
  closers.push(
    () => client.close(),
    () => turns.close(),
  )
  const call = (id: number, maxWaitMs = 400) => client.getConversation(`cnv_${id}`, { lane: 'live-high', maxWaitMs })
  return { call, turns, shared }
}

/** Asks until `calls` have been refused for lack of budget; gives how many passed. */
async function spend(call: (id: number, maxWaitMs?: number) => Promise<unknown>, from: number): Promise<number> {
  let passed = 0
  for (let id = from; ; id++) {
    const error = await call(id, id === from ? FIRST_MS : undefined).then(
      () => null,
      (raised: unknown) => raised,
    )
    if (error === null) passed++
    else if (error instanceof FrontError && error.code === 'MR_FRONT_BUDGET_SPENT') return passed
    else if (!(error instanceof FrontError && error.code === 'MR_FRONT_NOT_FOUND')) throw error
  }
}

const ready = (redis: Redis) => waitFor(() => redis.status === 'ready', { what: 'Redis' })

test('several who share an account spend its plan and burst pool together, and Front refuses none of their calls', async () => {
  const front = await startFront(20)
  const key = randomUUID()
  const members = [0, 1, 2].map(() => {
    const redis = connect()
    return { redis, ...member(front, { redis, key, callsPerMinute: 20 }) }
  })
  await Promise.all(members.map(({ redis }) => ready(redis)))
  const passed = await Promise.all(members.map(({ call }, place) => spend(call, 1_000 * (place + 1))))
  const counts = front.budget()
  expect(passed.reduce((sum, calls) => sum + calls, 0)).toBe(counts?.passed)
  expect(counts).toMatchObject({ refusedByPlan: 0, refusedByTier: 0 })
  // 10 at once by the pace, and while that lasts what the pace lets follow.
  expect(counts?.passed).toBeGreaterThanOrEqual(10)
})

test('whoever finds Redis without a memory begins with one call, and goes on with what that says is left', async () => {
  const front = await startFront(20)
  const redis = connect()
  await ready(redis)
  const before = member(front, { redis, key: randomUUID(), callsPerMinute: 20 })
  const used = await spend(before.call, 1)
  const forgetful = member(front, { redis, key: randomUUID(), callsPerMinute: 20 })
  const more = await spend(forgetful.call, 1_000)
  expect(used + more).toBeLessThanOrEqual(30)
  expect(front.budget()).toMatchObject({ passed: used + more, refusedByPlan: 0 })
})

test('while Redis is away calls go on with a small share; it is told of them when it is back', async () => {
  const front = await startFront(100)
  const { hostname, port } = new URL(REDIS_URL)
  const proxy = await startTcpProxy({ target: { host: hostname, port: Number(port) } })
  closers.push(() => proxy.close())
  const redis = connect(`redis://127.0.0.1:${proxy.port}`)
  await ready(redis)
  const one = member(front, { redis, key: randomUUID(), callsPerMinute: 100 })
  await one.call(1, FIRST_MS)
  await proxy.down()
  const alone = await spend(one.call, 100)
  expect(one.shared).toEqual([false])
  expect(alone).toBeGreaterThanOrEqual(1)
  expect(alone).toBeLessThanOrEqual(10)
  await proxy.up()
  await waitFor(() => redis.status === 'ready', { what: 'Redis to be back' })
  await one.call(1_000)
  expect(one.shared).toEqual([false, true])
  expect(one.turns.view()?.used).toBe(1 + alone + 1)
  expect(front.budget()).toMatchObject({ passed: 1 + alone + 1, refusedByPlan: 0 })
})

test('when Front refuses nevertheless, nobody calls before Retry-After is over', async () => {
  const front = await startFront(100)
  const key = randomUUID()
  const redis = connect()
  await ready(redis)
  const [one, other] = [
    member(front, { redis, key, callsPerMinute: 100 }),
    member(front, { redis, key, callsPerMinute: 100 }),
  ]
  await one.call(1, FIRST_MS)
  front.fail({ count: 1, status: 429, headers: { 'retry-after': '2' } })
  const startedAt = performance.now()
  await expect(one.call(2)).rejects.toMatchObject({ code: 'MR_FRONT_THROTTLED', retryAfterMs: 2_000 })
  await expect(other.call(3, 0)).rejects.toMatchObject({ code: 'MR_FRONT_BUDGET_SPENT' })
  await other.call(4, 5_000)
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1_950)
})

test('a 429 of one resource holds up no other', async () => {
  const front = await startFront(100)
  const redis = connect()
  await ready(redis)
  const { call } = member(front, { redis, key: randomUUID(), callsPerMinute: 100 })
  await call(1, FIRST_MS)
  front.fail({
    count: 1,
    status: 429,
    headers: { 'retry-after': '30', 'x-ratelimit-remaining': '90', 'x-front-tier': '2' },
  })
  await expect(call(2)).rejects.toMatchObject({ code: 'MR_FRONT_THROTTLED' })
  await call(3)
  await expect(call(2, 0)).rejects.toMatchObject({ code: 'MR_FRONT_BUDGET_SPENT' })
})
