import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Lane, lanes } from '../../src/budget/lanes.ts'
import { askBudget, type BudgetState, endCall, newBudgetState } from '../../src/budget/model.ts'
import type { GrantedCall } from '../../src/budget/types.ts'
import type { RateLimits } from '../../src/rate-limits.ts'

/** How Front may count its minute: it documents the limit, not the way. */
const kinds = ['fixed window', 'sliding window', 'leaky bucket'] as const

interface Server {
  /** Null: 429. */
  take(now: number, resource: string): RateLimits | null
}

function createServer(kind: (typeof kinds)[number], plan: number, burst: number, startedAt: number): Server {
  const arrived: number[] = []
  const byResource = new Map<string, number[]>()
  let windowEnd = startedAt
  let used = 0
  let bucket = plan
  let pool = burst
  let at = startedAt
  const room = (now: number): number => {
    if (kind === 'fixed window') return plan - used
    if (kind === 'sliding window') return plan - arrived.filter((time) => time > now - 60_000).length
    return Math.floor(bucket)
  }
  return {
    take(now, resource) {
      while (now >= windowEnd) {
        windowEnd += 60_000
        used = 0
      }
      bucket = Math.min(plan, bucket + ((now - at) * plan) / 60_000)
      pool = Math.min(burst, pool + ((now - at) * burst) / 600_000)
      at = now
      const recent = (byResource.get(resource) ?? []).filter((time) => time > now - 1_000)
      if (recent.length >= 5) return null
      if (room(now) >= 1) {
        used++
        bucket--
        arrived.push(now)
      } else if (pool >= 1) pool--
      else return null
      byResource.set(resource, [...recent, now])
      return {
        limit: plan,
        remaining: room(now),
        resetAt: kind === 'fixed window' ? windowEnd : now + 60_000,
        burstLimit: burst,
        burstRemaining: Math.floor(pool),
        tier: null,
        retryAfterMs: null,
      }
    },
  }
}

interface Run {
  readonly plan: number
  readonly kind: (typeof kinds)[number]
  readonly seed: number
  /** Milliseconds that a call takes at most. */
  readonly slowest: number
  /** Part of the calls whose process is killed after it was granted: sent or not, nobody tells of its end. */
  readonly killed: number
  /** False: its answers tell nothing of limits, so that all rests on our own count. */
  readonly tells: boolean
  readonly resources: number
  /** False: Front has no pool on top of the plan, which would hide that its minute was asked for too much, and none is reckoned with. */
  readonly hasBurst: boolean
  /** True: now and then all that is known is lost, as when Redis is emptied. */
  readonly forgets?: boolean
  /** Milliseconds between two askings. */
  readonly every: number
}

const LEASE_MS = 15_000

/** Ten minutes of asking for far more than there is; gives what the server refused and passed. */
function playRun({ plan, kind, seed, slowest, killed, resources, hasBurst, tells, forgets = false, every }: Run) {
  const random = xorshift(seed)
  const start = 1_763_859_600_000
  const server = createServer(kind, plan, hasBurst ? Math.floor(plan / 2) : 0, start - Math.floor(random() * 60_000))
  let state: BudgetState = newBudgetState()
  const limits = { callsPerMinute: plan, leaseMs: LEASE_MS }
  const happenings: { at: number; run: () => void }[] = []
  const passed = new Map<Lane, number>()
  let refused = 0
  let ids = 0

  const send = (call: GrantedCall, now: number) => {
    const takes = random() * slowest
    const arrives = now + Math.floor(takes * random())
    const isKilled = random() < killed
    if (isKilled && random() < 0.5) return
    happenings.push({
      at: arrives,
      run: () => {
        const told = server.take(arrives, call.request.resource)
        if (told === null) refused++
        else passed.set(call.request.lane, (passed.get(call.request.lane) ?? 0) + 1)
        if (isKilled) return
        const answers = Math.floor(now + takes)
        const outcome = {
          status: told === null ? 429 : 200,
          limits: tells ? told : null,
          retryAfterMs: told === null ? 5_000 : null,
        }
        happenings.push({ at: answers, run: () => endCall(state, limits, call, outcome, answers) })
      },
    })
  }
  for (let now = start; now < start + 600_000; now += every) {
    for (;;) {
      const due = happenings.reduce<number>(
        (best, { at }, place) => (at <= now && at < (happenings[best]?.at ?? Number.POSITIVE_INFINITY) ? place : best),
        -1,
      )
      if (due < 0) break
      happenings.splice(due, 1)[0]?.run()
    }
    if (forgets && random() < every / 45_000) state = newBudgetState()
    if (!hasBurst) state.burst = 0
    const requests = lanes.map((lane) => ({
      id: String(ids++),
      lane,
      resource: `cnv_${Math.floor(random() * resources)}`,
      isSearch: false,
    }))
    const { verdicts } = askBudget(state, limits, requests, now)
    for (const [place, { decision }] of verdicts.entries()) {
      const request = requests[place]
      if (request && (decision === 'plan' || decision === 'burst')) send({ request, via: decision }, now)
    }
  }
  return { refused, passed, total: [...passed.values()].reduce((sum, calls) => sum + calls, 0) }
}

function xorshift(seed: number): () => number {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 4_294_967_296
  }
}

test('however Front counts its minute, however late calls arrive and whoever is killed, nothing is refused', () => {
  const runs = fc.record({
    plan: fc.constantFrom(50, 100, 200),
    kind: fc.constantFrom(...kinds),
    seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    slowest: fc.constantFrom(5, 300, 4_000, 14_000),
    killed: fc.constantFrom(0, 0.05, 0.3),
    tells: fc.boolean(),
    resources: fc.constantFrom(2, 40),
    hasBurst: fc.boolean(),
    every: fc.constantFrom(150, 400),
  })
  fc.assert(
    fc.property(runs, (run) => {
      expect(playRun(run).refused).toBe(0)
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 12) },
  )
})

test('a budget that is lost now and then while Front tells its limits lets nothing be refused either', () => {
  const runs = fc.record({
    plan: fc.constantFrom(50, 100, 200),
    seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    slowest: fc.constantFrom(5, 300, 2_000),
    kind: fc.constantFrom(...kinds),
  })
  const always = { killed: 0, tells: true, resources: 40, hasBurst: true, forgets: true, every: 150 }
  fc.assert(
    fc.property(runs, (run) => {
      expect(playRun({ ...run, ...always }).refused).toBe(0)
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 12) },
  )
})

test('a plan that is asked for without end is used to nine tenths at least, with quick answers', () => {
  for (const plan of [50, 100, 200]) {
    const { total } = playRun({
      plan,
      kind: 'fixed window',
      seed: 4711,
      slowest: 300,
      killed: 0,
      resources: 40,
      hasBurst: true,
      tells: true,
      every: 150,
    })
    expect(total / (plan * 10)).toBeGreaterThan(0.9)
  }
})

test('when every lane asks without end, each has its share and the most urgent has the rest', () => {
  const { passed, total } = playRun({
    plan: 100,
    kind: 'fixed window',
    seed: 1,
    slowest: 300,
    killed: 0,
    resources: 40,
    hasBurst: true,
    tells: true,
    every: 150,
  })
  const share = (lane: Lane) => (passed.get(lane) ?? 0) / total
  expect(share('live-high')).toBeGreaterThan(0.45)
  expect(share('live-medium')).toBeGreaterThan(0.12)
  for (const lane of ['delivery', 'live-low'] as const) expect(share(lane)).toBeGreaterThan(0.08)
  for (const lane of ['reconciliation', 'replay', 'poll'] as const) expect(share(lane)).toBeGreaterThan(0.04)
})
