import { afterEach, expect, test } from 'vitest'
import { createPlanLimit } from '../src/front-simulator/plan-limit.ts'
import { type FrontSimulator, startFrontSimulator } from '../src/front-simulator/server.ts'

let front: FrontSimulator | undefined
afterEach(() => front?.close())

function call(path: string, token = 'simulated-token'): Promise<Response> {
  return fetch(`${front?.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
}

test('the plan lets pass its calls of a minute, then the burst pool, which is full again after ten minutes', () => {
  const plan = createPlanLimit(100)
  const takeAll = (now: number): number => {
    let taken = 0
    while (plan.take(now).isAllowed) taken++
    return taken
  }
  expect(takeAll(0)).toBe(150)
  expect(plan.take(0).headers).toMatchObject({
    'x-ratelimit-limit': '100',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': '60.000',
    'x-ratelimit-burst-limit': '50',
    'x-ratelimit-burst-remaining': '0',
    'retry-after': '60',
  })
  expect(takeAll(60_000)).toBe(105)
  expect(takeAll(660_000)).toBe(150)
  expect(plan.counts()).toMatchObject({ passed: 405, mostInAMinute: 150, paidByBurst: 105, refusedByPlan: 4 })
})

test('one resource takes five calls a second, and a refused one costs nothing', () => {
  const plan = createPlanLimit(100)
  const take = (now: number, resource: string) => plan.take(now, { resource })
  for (let count = 0; count < 5; count++) expect(take(count * 100, 'cnv_1').isAllowed).toBe(true)
  const refused = take(600, 'cnv_1')
  expect(refused).toMatchObject({ isAllowed: false, headers: { 'x-ratelimit-remaining': '95', 'x-front-tier': '2' } })
  expect(refused.message).toContain('retry in 400 milliseconds')
  expect(take(600, 'cnv_2').isAllowed).toBe(true)
  expect(take(1_001, 'cnv_1').isAllowed).toBe(true)
  expect(plan.counts()).toMatchObject({ passed: 7, refusedByTier: 1, refusedByPlan: 0 })
})

test('a search may use 40 % of the plan', () => {
  const plan = createPlanLimit(50)
  const allowed = Array.from({ length: 30 }, () => plan.take(0, { isSearch: true }).isAllowed)
  expect(allowed.filter(Boolean)).toHaveLength(20)
  expect(plan.take(0).isAllowed).toBe(true)
})

test('over HTTP: 429 with Retry-After in seconds, counted by the simulator', async () => {
  front = await startFrontSimulator({ autoCreate: true, callsPerMinute: 4 })
  const answers = await Promise.all(Array.from({ length: 9 }, () => call('/conversations')))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(6)
  const refused = answers.find(({ status }) => status === 429)
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(50)
  expect(front.budget()).toMatchObject({ passed: 6, refusedByPlan: 3, mostInAMinute: 6 })
  expect(front.counts()).toMatchObject({ 200: 6, 429: 3 })
})

test('a token without a scope gets 403 that names it, a revoked one 401', async () => {
  front = await startFrontSimulator({ autoCreate: true })
  front.scopes(['conversations:*:read'])
  expect((await call('/conversations/cnv_1')).status).toBe(200)
  const refused = await call('/events')
  expect(refused.status).toBe(403)
  expect(await refused.text()).toContain('Missing required scopes: [events:*:read]')
  front.revoke(true)
  expect((await call('/conversations/cnv_1')).status).toBe(401)
  front.revoke(false)
  expect((await call('/conversations/cnv_1')).status).toBe(200)
})

test('in an outage every call answers 503', async () => {
  front = await startFrontSimulator({ autoCreate: true })
  front.outage(true)
  expect((await call('/conversations/cnv_1')).status).toBe(503)
  front.outage(false)
  expect((await call('/conversations/cnv_1')).status).toBe(200)
})

test('an OAuth client fetches a token by HTTP Basic; expires_at tells its end', async () => {
  let now = Date.now()
  const oauth = { clientId: 'me', clientSecret: 's3cret', refreshToken: 'ref', lifetimeMs: 60_000 }
  front = await startFrontSimulator({ autoCreate: true, now: () => now, oauth })
  const ask = (basic: string, form: Record<string, string>): Promise<Response> =>
    fetch(`${front?.url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(basic).toString('base64')}` },
      body: new URLSearchParams(form),
    })
  const form = { grant_type: 'refresh_token', refresh_token: 'ref' }
  expect((await ask('me:wrong', form)).status).toBe(401)
  expect((await ask('me:s3cret', { ...form, refresh_token: 'other' })).status).toBe(400)
  const given = (await (await ask('me:s3cret', form)).json()) as { access_token: string; expires_at: number }
  expect(given.expires_at).toBe(Math.floor((now + 60_000) / 1000))
  expect((await call('/conversations/cnv_1', given.access_token)).status).toBe(200)
  now += 61_000
  expect((await call('/conversations/cnv_1', given.access_token)).status).toBe(401)
  expect(front.tokensGiven()).toBe(1)
})
