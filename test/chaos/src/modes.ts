// Changes the mode of a source every second or so under load, with webhooks lost and late and a replica of dedup killed in between, and then counts: every event of Front once, none lost, none doubled.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startWholeSystem } from '@millrace/bench/whole-system'
import { topicKey } from '@millrace/domain'
import { startReport } from '@millrace/local'
import { type IngestMode, topics } from '@millrace/schemas'
import { createLife, createRandom, live, runService, waitFor } from '@millrace/test-support'
import { countIds } from './check-events.ts'

const { values: args } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '60' },
    rate: { type: 'string', default: '40' },
  },
})
const SECONDS = Number(args.seconds)
/** Events a second. */
const RATE = Number(args.rate)
const FLIP_EVERY_MS = 1_500
const KILL_EVERY_MS = 9_000
const SETTLE_WITHIN_MS = 120_000
/** Narrowed to inboxes, to shares, and not at all. */
const modes: readonly Partial<IngestMode>[] = [
  { mode: 'parallel' },
  { mode: 'polling' },
  { mode: 'webhook', percent: 30 },
  { mode: 'webhook' },
  { mode: 'webhook', inboxes: ['inb_support'] },
]

const random = createRandom(Number(args.seed))
const report = startReport('chaos modes')
const whole = await startWholeSystem(report, {
  only: ['gateway', 'dedup', 'poller'],
  front: { seed: Number(args.seed) },
  env: {
    ...{ POLLER_INTERVAL_MS: '500', POLLER_RECONCILE_MS: '5000', POLLER_GRACE_MS: '1000', POLLER_LATE_MS: '5000' },
    // Changes are this script's alone.
    ...{ POLLER_ROLLBACK_MISSING_MS: '86400000', POLLER_ROLLBACK_BACKLOG_MS: '86400000' },
  },
})
const { system, kafka } = whole
const second = await runService({ name: 'dedup', env: system.env, readyWithinMs: 120_000 })
const { front } = system
let flips = 0
let kills = 0
try {
  await front.webhooks.add({
    ...{ kind: 'app', url: `${system.gatewayUrl}/api/webhooks/front`, secret: system.webhookSecret },
  })
  front.webhooks.trouble({ loses: 0.05, delays: 0.1, delayMs: 4_000 })
  const ending = new AbortController()
  const flipping = keep(FLIP_EVERY_MS, ending.signal, flip)
  const killing = keep(KILL_EVERY_MS, ending.signal, kill)
  const life = createLife(front.world, front.company, { seed: Number(args.seed), conversations: 200 })
  await live(life, {
    eventsPerMinute: RATE * 60,
    count: SECONDS * RATE,
    onAct: (made) => report.progress(`${made} of ${SECONDS * RATE} events, ${flips} changes, ${kills} kills`),
  })
  ending.abort()
  await Promise.all([flipping, killing])
  front.webhooks.trouble({})
  // The last word: webhooks count. What was held back until then is brought by the poller.
  await system.millrace('cutover', 'front')

  const listed = front.world.events().map(({ id }) => id)
  const missing = async () => {
    const seen = await eventCounts()
    const left = listed.filter((id) => !seen.has(id)).length
    report.progress(`${left} of ${listed.length} events are still to come`)
    return left === 0
  }
  await waitFor(missing, { what: 'every event', deadlineMs: SETTLE_WITHIN_MS, everyMs: 2_000 }).catch(() => {})
  // A copy that comes later still must change nothing.
  await sleep(8_000)
  const seen = await eventCounts()
  const origins = await countIds(kafka, topics.events, ({ origin }) => origin)
  for (const id of listed.filter((each) => !seen.has(each)).slice(0, 10)) report.note(`lost: ${id}`)

  report.figure('events that Front listed', listed.length)
  report.figure('changes of the mode', flips, { atLeast: Math.floor((SECONDS * 1_000) / FLIP_EVERY_MS / 2) })
  report.figure('replicas of dedup killed', kills)
  report.figure('webhooks lost', front.webhooks.counts().lost, { atLeast: 1 })
  report.figure('webhooks late', front.webhooks.counts().late, { atLeast: 1 })
  report.figure('became events by webhook', origins.get('webhook') ?? 0, { atLeast: 1 })
  report.figure('became events by polling', origins.get('poll') ?? 0, { atLeast: 1 })
  report.figure('events lost', listed.filter((id) => !seen.has(id)).length, { exactly: 0 })
  report.figure('events doubled', [...seen.values()].filter((times) => times > 1).length, { exactly: 0 })
} finally {
  await second.kill()
  await whole.stop()
}
await report.finish()

/** As `millrace mode` does it; a process for each would leave the load little of the machine. */
async function flip(): Promise<void> {
  const change = modes[Math.floor(random() * modes.length)]
  await kafka.send(topics.modes, topicKey('default', 'front'), {
    ...{ tenant: 'default', source: 'front', mode: 'webhook', inboxes: [], percent: 100 },
    ...{ changed_at: Date.now(), changed_by: 'person', reason: '' },
    ...change,
  })
  flips++
}

async function kill(): Promise<void> {
  const victim = kills % 2 === 0 ? second : system.services.get('dedup')
  await victim?.kill()
  kills++
  await victim?.start()
}

async function keep(everyMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => {})
    if (!signal.aborted) await work()
  }
}

function eventCounts(): Promise<Map<string, number>> {
  return countIds(kafka, topics.events, ({ event_id }) => event_id)
}
