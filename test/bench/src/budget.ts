// The budget of Front calls: what one grant costs, and three processes that ask for ten times a plan while one after another is killed. --plan 100 --minutes 3.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createSharedBudget, lanes } from '@millrace/front-client'
import { startReport, startStack } from '@millrace/local'
import { percentile, startFrontSimulator } from '@millrace/test-support'
import { Redis } from 'ioredis'

const { values: args } = parseArgs({
  options: { plan: { type: 'string', default: '100' }, minutes: { type: 'string', default: '3' } },
})
const PLAN = Number(args.plan)
const MINUTES = Number(args.minutes)
const PROCESSES = 3
const TIMES_THE_PLAN = 10
const KILL_EVERY_MS = 20_000
const GRANTS = 3_000

const passed = new Map<string, number>()
const report = startReport('bench budget')
const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: true, say: report.say })
const front = await startFrontSimulator({ autoCreate: true })
const callers: ChildProcess[] = []
try {
  await measureGrants()
  front.limit(PLAN)
  for (let n = 0; n < PROCESSES; n++) callers.push(await startCaller())
  const kills = await killInTurn(Date.now() + MINUTES * 60_000)
  const budget = front.budget()
  report.figure('plan, calls a minute', PLAN)
  report.figure('asked for, times the plan', TIMES_THE_PLAN)
  report.figure('processes killed', kills)
  report.figure('calls passed', budget?.passed ?? 0, { atLeast: Math.floor(PLAN * MINUTES * 0.9) })
  report.figure('most calls in any 60 s', budget?.mostInAMinute ?? 0)
  report.figure('calls that the burst pool paid', budget?.paidByBurst ?? 0)
  report.figure('refused by the plan', budget?.refusedByPlan ?? 0, { exactly: 0 })
  report.figure('refused for one resource', budget?.refusedByTier ?? 0, { exactly: 0 })
  for (const lane of lanes) report.figure(`calls of lane ${lane}`, passed.get(lane) ?? 0, { atLeast: 1 })
} finally {
  for (const caller of callers) caller.kill('SIGKILL')
  await front.close()
  await stack.stop()
}
await report.finish()

/** Grants one by one, as a process asks for them, over a real connection. */
async function measureGrants(): Promise<void> {
  const redis = new Redis(stack.redisUrl)
  const limits = { callsPerMinute: 100_000, leaseMs: 15_000 }
  const budget = createSharedBudget({ redis, key: 'measure', limits: () => limits })
  const times: number[] = []
  const request = (n: number) => ({
    id: `measure-${n}`,
    lane: 'live-high' as const,
    resource: `cnv_${n}`,
    isSearch: false,
  })
  const told = { status: 200, limits: null, retryAfterMs: null }
  for (let n = 0; n < GRANTS; n++) {
    const startedAt = performance.now()
    await budget.ask([request(n)])
    times.push((performance.now() - startedAt) * 1_000)
    budget.done({ request: request(n), via: 'plan' }, told)
  }
  const startedAt = performance.now()
  for (let n = GRANTS; n < 2 * GRANTS; n += 20)
    await Promise.all(Array.from({ length: 20 }, (_, each) => budget.ask([request(n + each)])))
  report.figure('one grant, asked to granted, p50 µs', Math.round(percentile(times, 50)))
  report.figure('one grant, asked to granted, p99 µs', Math.round(percentile(times, 99)), { atMost: 20_000 })
  report.figure('grants a second, twenty asked at once', Math.round(GRANTS / ((performance.now() - startedAt) / 1_000)))
  redis.disconnect()
}

async function startCaller(): Promise<ChildProcess> {
  const env = {
    ...process.env,
    REDIS_URL: stack.redisUrl,
    FRONT_URL: front.url,
    FRONT_TOKEN: front.token,
    PLAN: String(PLAN),
    CALLS_A_MINUTE: String((PLAN * TIMES_THE_PLAN) / PROCESSES),
  }
  const caller = fork(join(import.meta.dirname, 'budget/caller.main.ts'), { env })
  await once(caller, 'message')
  caller.on('message', ({ lane }: { lane: string }) => passed.set(lane, (passed.get(lane) ?? 0) + 1))
  return caller
}

async function killInTurn(until: number): Promise<number> {
  let kills = 0
  for (;;) {
    await sleep(Math.max(0, Math.min(KILL_EVERY_MS, until - Date.now())))
    const budget = front.budget()
    report.progress(
      `${budget?.passed} calls, ${budget?.refusedByPlan} + ${budget?.refusedByTier} refused, ${kills} killed`,
    )
    if (Date.now() >= until) return kills
    const place = kills % callers.length
    const victim = callers[place]
    victim?.kill('SIGKILL')
    if (victim) await once(victim, 'exit')
    callers[place] = await startCaller()
    kills++
  }
}
