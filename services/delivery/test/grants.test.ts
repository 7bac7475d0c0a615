import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ownTime, waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { createGrants, type EndedGrant, type GrantRequest, type Grants, type GrantsOptions } from '../src/grants.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const WINDOW_MS = 400
const connections: Redis[] = []
afterAll(() => {
  for (const redis of connections) redis.disconnect()
})

/** A Redis of its own, as seen by as many processes as are asked for. */
function world(changes: Partial<GrantsOptions> = {}) {
  const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: `t${randomBytes(5).toString('hex')}.` })
  connections.push(redis)
  const process_ = (more: Partial<GrantsOptions> = {}): Grants =>
    createGrants({
      redis,
      tenantLimits: { inFlight: 1_000, perMinute: 10_000 },
      windowMs: WINDOW_MS,
      longestLeaseMs: () => 300,
      wasEverUsed: async () => false,
      log: silent,
      ...changes,
      ...more,
    })
  return { redis, process: process_ }
}

const request = (changes: Partial<GrantRequest> = {}): GrantRequest => ({
  key: 'acme/ep_1',
  tenant: 'acme',
  limits: { inFlight: 3, perMinute: 10 },
  // No test waits for it to end, however long it is held up, but those that name their own.
  leaseMs: 60_000,
  tries: [randomUUID()],
  ...changes,
})

/** Asks again while Redis has only just been met. */
async function take(grants: Grants, asked: GrantRequest) {
  const first = await grants.take(asked)
  return first.kind === 'wait' && first.ms === 0 ? grants.take(asked) : first
}

async function verdicts(grants: Grants, asked: GrantRequest) {
  const answer = await take(grants, asked)
  if (answer.kind !== 'verdicts') throw new Error(`nothing is granted: ${JSON.stringify(answer)}`)
  return answer
}

const ended = (asked: GrantRequest, grant: string, changes: Partial<EndedGrant> = {}): EndedGrant => ({
  key: asked.key,
  tenant: asked.tenant,
  grant,
  try: asked.tries[0] ?? '',
  wasSent: true,
  result: '',
  blockMs: 0,
  ...changes,
})

test('three processes at once never have more open, or send more within a window, than the endpoint takes', async () => {
  const { process } = world()
  const asked = () => request({ limits: { inFlight: 3, perMinute: 10 } })
  let open = 0
  let most = 0
  const sent: number[] = []
  const until = ownTime() + 1_500
  const work = async (grants: Grants) => {
    while (ownTime() < until) {
      const one = asked()
      const answer = await take(grants, one)
      const verdict = answer.kind === 'verdicts' ? answer.verdicts[0] : undefined
      if (verdict?.kind !== 'granted') {
        await sleep(5)
        continue
      }
      most = Math.max(most, ++open)
      // Redis counts by this clock, in whole milliseconds too.
      sent.push(Date.now())
      await sleep(Math.random() * 30)
      open--
      await grants.end(ended(one, verdict.grant.id))
    }
  }
  await Promise.all([process(), process(), process()].flatMap((grants) => [work(grants), work(grants), work(grants)]))
  expect(most).toBe(3)
  for (const [place, at] of sent.entries()) {
    const within = sent.slice(place).filter((later) => later < at + WINDOW_MS)
    expect(within.length).toBeLessThanOrEqual(10)
  }
  // The limit is used, not only kept: windows begin when tries end.
  expect(sent.length).toBeGreaterThanOrEqual(25)
})

test('what a tenant may have is shared by its endpoints, and another tenant has its own', async () => {
  const { process } = world({ tenantLimits: { inFlight: 2, perMinute: 100 } })
  const grants = process()
  const of = (key: string, tenant: string) => verdicts(grants, request({ key, tenant }))
  expect((await of('acme/ep_1', 'acme')).verdicts[0]?.kind).toBe('granted')
  expect((await of('acme/ep_2', 'acme')).verdicts[0]?.kind).toBe('granted')
  expect(await of('acme/ep_3', 'acme')).toMatchObject({ verdicts: [{ kind: 'full' }], short: 'open' })
  expect((await of('other/ep_1', 'other')).verdicts[0]?.kind).toBe('granted')
})

test('a place is free when the try ends; for the rate it counts one window longer, and not at all when nothing was sent', async () => {
  const windowMs = 4_000
  const { process } = world({ windowMs })
  const grants = process()
  const limits = { inFlight: 1, perMinute: 1 }
  const unsent = request({ limits })
  const [first] = (await verdicts(grants, unsent)).verdicts
  if (first?.kind !== 'granted') throw new Error('not granted')
  await grants.end(ended(unsent, first.grant.id, { wasSent: false }))
  const sent = request({ limits })
  const [second] = (await verdicts(grants, sent)).verdicts
  if (second?.kind !== 'granted') throw new Error('what was not sent counts')
  expect(second.grant).toMatchObject({ limit: 1, remaining: 0 })
  const endedAfter = performance.now()
  await grants.end(ended(sent, second.grant.id))
  const third = await verdicts(grants, request({ limits }))
  expect(third).toMatchObject({ verdicts: [{ kind: 'full' }], short: 'rate' })
  const passedMs = performance.now() - endedAfter
  expect(third.waitMs).toBeGreaterThan(windowMs - passedMs - 2)
  expect(third.waitMs).toBeLessThanOrEqual(windowMs)
  await waitFor(async () => (await verdicts(grants, request({ limits }))).verdicts[0]?.kind === 'granted', {
    what: 'the window to end',
    everyMs: 20,
  })
})

test('a try that a process left open is nobody else’s until its lease has ended, and counts until a window after it', async () => {
  const { process } = world({ windowMs: 10_000 })
  const tries = ['msg_1:1']
  const limits = { inFlight: 5, perMinute: 2 }
  const leaseMs = 3_000
  const takenAfter = performance.now()
  await verdicts(process(), request({ tries, limits, leaseMs }))
  const heir = process()
  const leased = (await verdicts(heir, request({ tries, limits, leaseMs }))).verdicts[0]
  if (leased?.kind !== 'leased') throw new Error(`${leased?.kind}`)
  expect(leased.ms).toBeGreaterThan(leaseMs - (performance.now() - takenAfter) - 2)
  await sleep(leased.ms + 10)
  expect((await verdicts(heir, request({ tries, limits, leaseMs }))).verdicts[0]?.kind).toBe('granted')
  // Both reached the receiver within the window.
  expect((await verdicts(heir, request({ limits }))).verdicts[0]?.kind).toBe('full')
})

test('what a try came to is told to whoever owns the delivery next', async () => {
  const { process } = world()
  const asked = request({ tries: ['msg_1:1'] })
  const [verdict] = (await verdicts(process(), asked)).verdicts
  if (verdict?.kind !== 'granted') throw new Error('not granted')
  await process().end(ended(asked, verdict.grant.id, { result: '{"statusCode":200}' }))
  const heir = process()
  expect((await verdicts(heir, asked)).verdicts).toEqual([{ kind: 'ended', result: '{"statusCode":200}' }])
  await heir.concluded({ tenant: 'acme', try: 'msg_1:1' })
  expect((await verdicts(heir, asked)).verdicts).toEqual([{ kind: 'ended', result: '{}' }])
})

test('an endpoint that asked for nothing gets nothing from any process until then', async () => {
  const { process } = world()
  const grants = process()
  const asked = request()
  const [verdict] = (await verdicts(grants, asked)).verdicts
  if (verdict?.kind !== 'granted') throw new Error('not granted')
  await grants.end(ended(asked, verdict.grant.id, { blockMs: 3_000 }))
  expect(await process().take(request())).toMatchObject({ kind: 'wait', why: 'blocked' })
  await waitFor(async () => (await process().take(request())).kind === 'verdicts', {
    what: 'the endpoint to be free again',
    everyMs: 20,
  })
})

test('after Redis lost its counts nothing is granted until what was granted before must have ended', async () => {
  const { redis, process } = world()
  const grants = process()
  await verdicts(grants, request())
  const lostAt = performance.now()
  for (const key of await redis.keys(`${redis.options.keyPrefix}*`))
    await redis.del(key.slice(redis.options.keyPrefix?.length))
  expect(await grants.take(request())).toMatchObject({ kind: 'wait', why: 'lost' })
  const heir = process({ wasEverUsed: async () => true })
  await waitFor(async () => (await heir.take(request())).kind === 'verdicts', {
    what: 'grants again',
    everyMs: 10,
  })
  expect(performance.now() - lostAt).toBeGreaterThanOrEqual(300 + WINDOW_MS - 20)
})

test('a Redis that went back to an older state is taken for one that lost its counts', async () => {
  const { redis, process } = world()
  const grants = process()
  await verdicts(grants, request())
  await verdicts(grants, request())
  await redis.hset('delivery:limits', 'grants', 1)
  expect(await grants.take(request())).toMatchObject({ kind: 'wait', why: 'lost' })
})

test('a fresh installation need not wait', async () => {
  const { process } = world()
  expect((await verdicts(process(), request())).verdicts[0]?.kind).toBe('granted')
})

test('while Redis does not answer nothing is granted, and nothing is thrown', async () => {
  const gone = new Redis('redis://127.0.0.1:1', { lazyConnect: true, retryStrategy: () => null })
  gone.on('error', () => {})
  const grants = world().process({ redis: gone })
  expect(await grants.take(request())).toMatchObject({ kind: 'wait', why: 'away' })
  await grants.end(ended(request(), '1'))
})
