import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { lanes } from '../../src/budget/lanes.ts'
import { askBudget, type BudgetLimits, endCall, giveBackCall, newBudgetState } from '../../src/budget/model.ts'
import { createRedisBudget } from '../../src/budget/redis-budget.ts'
import type { BudgetRequest, GrantedCall } from '../../src/budget/types.ts'
import type { RateLimits } from '../../src/rate-limits.ts'

const redis = new Redis(process.env.REDIS_URL ?? '')
afterAll(() => redis.disconnect())

/** Redis with its clock in our hands; nothing else of the script is changed. */
function redisAt(clock: { ms: number }) {
  return {
    evalsha: () => Promise.reject(new Error('NOSCRIPT')),
    eval: (script: string, ...rest: (string | number)[]) => {
      const seconds = Math.floor(clock.ms / 1_000)
      const text = script.replace("redis.call('TIME')", `{ ${seconds}, ${(clock.ms - seconds * 1_000) * 1_000} }`)
      return redis.eval(text, ...(rest as [number]))
    },
  } as unknown as Pick<Redis, 'evalsha' | 'eval'>
}

const request = fc.record({
  lane: fc.constantFrom(...lanes),
  resource: fc.constantFrom('cnv_1', 'cnv_2', '/events'),
  isSearch: fc.boolean(),
})
const headers = fc.record({
  limit: fc.constantFrom(null, 0, 3, 12, 50),
  remaining: fc.constantFrom(null, 0, 1, 5, 49),
  resetIn: fc.constantFrom(null, -1_000, 500, 30_000, 60_000, 9_999_999),
  burstRemaining: fc.constantFrom(null, 0, 1, 6, 25),
})
const step = fc.oneof(
  fc.record({ kind: fc.constant('ask' as const), requests: fc.array(request, { minLength: 1, maxLength: 6 }) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 40, 600, 1_600, 7_000, 31_000, 62_000) }),
  fc.record({
    kind: fc.constant('done' as const),
    which: fc.nat(20),
    status: fc.constantFrom(null, 200, 301, 401, 404, 429, 500),
    headers: fc.option(headers),
    retryAfterMs: fc.constantFrom(null, 341, 2_000, 90_000),
  }),
  fc.record({ kind: fc.constant('give back' as const), which: fc.nat(20) }),
)

test('the script in Redis decides as the model does, whatever happened before', async () => {
  const plans = fc.record({
    callsPerMinute: fc.constantFrom(1, 2, 7, 50, 200),
    leaseMs: fc.constantFrom(2_000, 15_000),
  })
  await fc.assert(
    fc.asyncProperty(plans, fc.array(step, { minLength: 5, maxLength: 40 }), (limits, steps) =>
      playBoth(limits, steps),
    ),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 300) },
  )
})

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

async function playBoth(limits: BudgetLimits, steps: readonly Step[]): Promise<void> {
  const clock = { ms: 1_763_859_600_000 }
  const shared = createRedisBudget({ redis: redisAt(clock), key: randomUUID(), limits: () => limits })
  const state = newBudgetState()
  const granted: GrantedCall[] = []
  for (const each of steps) {
    if (each.kind === 'wait') clock.ms += each.ms
    if (each.kind === 'ask') {
      const requests: BudgetRequest[] = each.requests.map((one) => ({ ...one, id: randomUUID() }))
      const answer = await shared.ask(requests)
      expect(answer).toEqual(askBudget(state, limits, requests, clock.ms))
      for (const [place, { decision }] of answer.verdicts.entries()) {
        const asked = requests[place]
        if (asked && (decision === 'plan' || decision === 'burst')) granted.push({ request: asked, via: decision })
      }
    }
    if (each.kind === 'give back' || each.kind === 'done') {
      const [call] = granted.splice(each.which, 1)
      if (call === undefined) continue
      if (each.kind === 'give back') {
        await shared.giveBack(call)
        giveBackCall(state, limits, call, clock.ms)
        continue
      }
      const told = each.headers === null ? null : toldAt(each.headers, clock.ms)
      const outcome = { status: each.status, limits: told, retryAfterMs: each.retryAfterMs }
      await shared.done(call, outcome)
      endCall(state, limits, call, outcome, clock.ms)
    }
  }
}

type Headers = typeof headers extends fc.Arbitrary<infer H> ? H : never

function toldAt({ limit, remaining, resetIn, burstRemaining }: Headers, now: number): RateLimits {
  const resetAt = resetIn === null ? null : now + resetIn
  return { limit, remaining, resetAt, burstLimit: null, burstRemaining, tier: null, retryAfterMs: null }
}
