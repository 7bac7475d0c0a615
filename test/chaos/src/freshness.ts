// Loses 5 % of the webhooks, sends 5 % a minute late, cuts Front off for 10 minutes (no webhook, no API call), and then counts: every conversation right again within the reconciliation period, nothing processed twice. --short takes a fifth of the time.

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startFreshness } from '@millrace/bench/freshness'
import { startReport, startStack } from '@millrace/local'
import { topics } from '@millrace/schemas'
import { countIds } from './check-events.ts'

const { values: args } = parseArgs({
  options: { short: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' } },
})
/** Short: a fifth of each time, and five times the plan, so that as much can be read in it. */
const FACTOR = args.short ? 5 : 1
const PLAN = 100 * FACTOR
/** What an outage of ten minutes misses has to fit into the calls of one period: 15 events a call, and what they leave open. */
const RATE = 200 * FACTOR
const CONVERSATIONS = 500
const MINUTE = 60_000 / FACTOR
const OUTAGE_MS = 10 * MINUTE
const LATE_MS = MINUTE
const RECONCILE_MS = 5 * MINUTE
const GRACE_MS = MINUTE

const report = startReport('chaos freshness')
if (args.short)
  report.note(
    `Shortened: a minute takes ${MINUTE / 1000} s; plan (${PLAN} calls a real minute) and rate of events are ${FACTOR} times as high, ` +
      'the burst pool refills in ten real minutes, and 5 calls a second of one resource stay.',
  )
const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: true, say: report.say })
const freshness = await startFreshness({
  stack,
  plan: PLAN,
  isFolding: true,
  seed: Number(args.seed),
  eventsPerMinute: RATE,
  conversations: CONVERSATIONS,
  previews: 0.2,
  reconcileMs: RECONCILE_MS,
  graceMs: GRACE_MS,
})
const { front, kafka } = freshness
try {
  const trouble = { loses: 0.05, delays: 0.05, delayMs: LATE_MS }
  front.webhooks.trouble(trouble)
  await play('5 % lost, 5 % late', 3)
  const lostBefore = front.webhooks.counts().lost

  front.webhooks.trouble({ isDown: true })
  front.outage(true)
  await play('Front is cut off', OUTAGE_MS / MINUTE)
  const missed = front.webhooks.counts().lost - lostBefore
  front.outage(false)
  front.webhooks.trouble(trouble)
  const since = performance.now()
  await play('5 % lost, 5 % late, after the outage', 1)

  // The last of the late ones, then a period that begins when all is there, and its calls.
  const deadlineMs = LATE_MS + 2 * RECONCILE_MS + GRACE_MS
  const settledMs = await freshness.settled(deadlineMs, (wrong) => report.progress(`${wrong} conversations differ`))
  const rightAfter = (performance.now() - since) / 1000
  for (const { conversationId, part, wanted, found } of freshness.differences().slice(0, 10))
    report.note(`${conversationId} ${part}: Front has ${wanted}; the snapshot ${found}`)
  // A copy that comes later still must change nothing.
  await sleep(2_000)

  const events = await countIds(kafka, topics.events, ({ event_id }) => event_id)
  const received = await countIds(kafka, topics.received, ({ webhook_id }) => webhook_id)
  const happened = front.world.events()
  const sent = front.webhooks.counts()
  report.figure('minutes of outage', OUTAGE_MS / 60_000)
  report.figure('events', happened.length)
  report.figure('webhooks lost one by one', sent.lost - missed, { atLeast: 1 })
  report.figure('webhooks lost in the outage', missed, { atLeast: 1 })
  report.figure('webhooks late', sent.late, { atLeast: 1 })
  report.figure('received (webhooks and polled)', received.size)
  report.figure('events that reached webhooks.events', happened.filter(({ id }) => events.has(id)).length)
  report.figure('events processed twice', [...events.values()].filter((times) => times > 1).length, { exactly: 0 })
  const { world } = front
  report.figure('conversations', world.conversationIds().length + world.mergedIds().length)
  report.figure('conversations that differ', freshness.differences().length, { exactly: 0 })
  report.figure('reconciliation period s', RECONCILE_MS / 1000)
  report.figure(
    'all right again, s after the outage',
    settledMs === null ? Number.NaN : Math.round(rightAfter * 10) / 10,
    {
      atMost: (MINUTE + LATE_MS + RECONCILE_MS + GRACE_MS) / 1000,
    },
  )
  report.figure('calls', front.counts().total ?? 0)
  report.figure('answers 429', front.counts()[429] ?? 0, { exactly: 0 })
} finally {
  await freshness.stop()
  await stack.stop()
}
await report.finish()

async function play(what: string, minutes: number): Promise<void> {
  report.note(`${what}: ${((minutes * MINUTE) / 1000).toFixed(0)} s`)
  const count = Math.round((RATE * minutes) / FACTOR)
  await freshness.play(count, (made) =>
    report.progress(
      `${what}: ${made} of ${count} events, ${front.counts().total} calls, ${freshness.snapshots.size} snapshots`,
    ),
  )
}
