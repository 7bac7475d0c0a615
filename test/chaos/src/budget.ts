// Kills two replicas of the refresh and two of the poller in turn, under more work than the plan can pay, and counts in the simulated Front: no call too many. --short, --plan 100.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startFreshness } from '@millrace/bench/freshness'
import { startReport, startStack } from '@millrace/local'
import { runService, type ServiceProcess } from '@millrace/test-support'

const { values: args } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    plan: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
  },
})
const PLAN = Number(args.plan)
const MINUTES = args.short ? 2.5 : 6
const RATE = 600
const KILL_EVERY_MS = 8_000
const REPLICAS = ['conversation-refresh', 'poller'] as const

const report = startReport('chaos budget')
report.note(
  `${MINUTES} min of real time on a plan of ${PLAN} calls a minute; without folding, so that every event asks for calls`,
)
const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: true, say: report.say })
const freshness = await startFreshness({
  stack,
  plan: PLAN,
  isFolding: false,
  seed: Number(args.seed),
  eventsPerMinute: RATE,
  conversations: 400,
  previews: 0.5,
  reconcileMs: 20_000,
  graceMs: 2_000,
})
const { front, system } = freshness
const replicas: ServiceProcess[] = []
try {
  for (const name of REPLICAS) {
    const first = system.services.get(name)
    if (first) replicas.push(first)
    replicas.push(await runService({ name, env: system.env, readyWithinMs: 60_000 }))
  }
  let isPlaying = true
  const count = RATE * MINUTES
  const playing = freshness.play(count, (made) => {
    const budget = front.budget()
    report.progress(
      `${made} of ${count} events, ${budget?.passed} calls, ${budget?.mostInAMinute} at most in a minute, ${budget?.refusedByPlan} + ${budget?.refusedByTier} refused`,
    )
  })
  playing.finally(() => {
    isPlaying = false
  })
  let kills = 0
  while (isPlaying) {
    await Promise.race([playing, new Promise((resolve) => setTimeout(resolve, KILL_EVERY_MS))])
    const victim = replicas[kills % replicas.length]
    if (!isPlaying || !victim) break
    await victim.kill('SIGKILL')
    kills++
    // Not waited for: the next one is killed while this one may still take over its partitions.
    const started = victim.start()
    started.catch(() => {})
    await Promise.race([playing, started])
  }
  await playing
  const budget = front.budget()
  const minutes = MINUTES
  report.figure('plan, calls a minute', PLAN)
  report.figure('replicas killed', kills, { atLeast: args.short ? 6 : 20 })
  report.figure('calls passed', budget?.passed ?? 0, { atLeast: Math.round(PLAN * minutes * 0.5) })
  report.figure('calls that the burst pool paid', budget?.paidByBurst ?? 0)
  report.figure('most calls in any 60 s', budget?.mostInAMinute ?? 0)
  report.figure('refused by the plan', budget?.refusedByPlan ?? 0, { exactly: 0 })
  report.figure('refused for one resource', budget?.refusedByTier ?? 0, { exactly: 0 })
  report.figure('answers 429', front.counts()[429] ?? 0, { exactly: 0 })
  report.figure('conversations with a snapshot', freshness.snapshots.size, { atLeast: 1 })
} finally {
  await Promise.all(replicas.map((replica) => replica.stop()))
  await freshness.stop()
  await stack.stop()
}
await report.finish()
