// Plays a day compressed into a minute in mode parallel, with webhooks lost, late and cut off for a while, and then counts: the parity report names exactly the differences that were made, each with its reason.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startWholeSystem } from '@millrace/bench/whole-system'
import { canonicalType, isSentType, type ParityReport } from '@millrace/domain'
import { startReport } from '@millrace/local'
import { createLife, live, waitFor } from '@millrace/test-support'

const { values: args } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, events: { type: 'string', default: '1440' } },
})
const EVENTS = Number(args.events)
/** An event a minute of the day; a minute of the day takes 1 / 20 s. */
const EVENTS_PER_MINUTE = 1_200
/** The day starts once comparing has begun, at the begin of a span. */
const SPAN_MS = 1_000
const SETTLE_MS = 5_000
/** Later than a span is told, so that it has to be corrected. */
const LATE_MS = 12_000

const report = startReport('chaos parity')
const { system, stop } = await startWholeSystem(report, {
  only: ['gateway', 'dedup', 'poller'],
  front: { seed: Number(args.seed) },
  env: {
    ...{ POLLER_INTERVAL_MS: '500', POLLER_RECONCILE_MS: '2000', POLLER_GRACE_MS: '500', POLLER_LATE_MS: '5000' },
    ...{ POLLER_PARITY_WINDOW_MS: String(SPAN_MS), POLLER_PARITY_SETTLE_MS: String(SETTLE_MS) },
    ...{ POLLER_PARITY_EVERY_MS: '250' },
  },
})
const { front } = system
const snoozed: string[] = []
try {
  await system.millrace('mode', 'front', 'parallel')
  await front.webhooks.add({
    ...{ kind: 'app', url: `${system.gatewayUrl}/api/webhooks/front`, secret: system.webhookSecret },
  })
  const compared = async () => {
    front.company.open()
    return (await parity()).compared !== null
  }
  await waitFor(compared, { what: 'comparing to begin', deadlineMs: 60_000, everyMs: 500 })
  const since = (Math.floor(Date.now() / SPAN_MS) + 1) * SPAN_MS
  await sleep(since - Date.now())

  const trouble = { loses: 0.02, delays: 0.03, delayMs: LATE_MS }
  front.webhooks.trouble(trouble)
  const life = createLife(front.world, front.company, { seed: Number(args.seed), conversations: 200 })
  await live(life, {
    eventsPerMinute: EVENTS_PER_MINUTE,
    count: EVENTS,
    onAct: (made) => {
      // Two hours of the day in which no webhook is sent at all.
      if (made === Math.round(EVENTS * 0.5)) front.webhooks.trouble({ isDown: true })
      if (made === Math.round(EVENTS * 0.58)) front.webhooks.trouble(trouble)
      if (made % 40 === 0) snoozed.push(snooze())
      if (made % 60 === 0) front.company.mention(anyConversation())
      report.progress(`${made} of ${EVENTS} events`)
    },
  })
  const until = Date.now()
  await waitFor(() => front.webhooks.counts().open === 0, { what: 'the late webhooks', deadlineMs: 60_000 })
  // An event after the last one, so that polling reads on.
  front.webhooks.trouble({})
  front.company.open()
  await sleep(LATE_MS)
  const told = async () => ((await parity()).compared?.until ?? 0) > until + SPAN_MS
  await waitFor(told, { what: 'the whole day to be compared', deadlineMs: 60_000, everyMs: 1_000 })

  const found = await parity(since)
  const listed = front.world.events().filter((event) => {
    const at = Number(event.emitted_at) * 1_000
    return at >= since && at <= until
  })
  const lost = new Set(front.webhooks.lost())
  const unsent = listed.filter(({ type }) => !isSentType('front', canonicalType('front', String(type)).type))
  const ids = (seenBy: string, isHarmless: boolean) =>
    found.differences
      .filter(({ occurred_at }) => occurred_at <= until)
      .filter(({ seen_by, reason }) => seen_by === seenBy && reason.startsWith('type-not') === isHarmless)
      .map(({ event_id }) => event_id)
  const late = listed.filter(({ id }) => front.webhooks.late().includes(id))

  console.log(await printed(since))
  report.figure('events that Front listed', listed.length)
  report.figure('webhooks lost', listed.filter(({ id }) => lost.has(id)).length, { atLeast: 1 })
  report.figure('webhooks later than their span was told', late.length, { atLeast: 1 })
  report.figure('of types that webhooks do not send', unsent.length, { atLeast: 1 })
  report.figure('of types that polling does not tell', snoozed.filter((id) => !lost.has(id)).length)
  compare(
    'lost webhooks',
    ids('poll', false),
    listed.filter(({ id }) => lost.has(id)).map(({ id }) => id),
  )
  compare(
    'types that webhooks do not send',
    ids('poll', true),
    unsent.map(({ id }) => id),
  )
  compare(
    'types that polling does not tell',
    ids('webhook', true),
    snoozed.filter((id) => !lost.has(id)),
  )
  report.figure('other differences', ids('webhook', false).length, { exactly: 0 })
  report.figure('differences counted without an id', found.unlisted, { exactly: 0 })
  report.figure('found by both', found.totals.both)
  report.figure('said to be safe', found.verdict.isSafe, { exactly: false })
} finally {
  await stop()
}
await report.finish()

async function parity(since = 0): Promise<Omit<ParityReport, 'byType'>> {
  return JSON.parse(await printed(since, '--json'))
}

/** With events lost it is not safe to cut over, which its exit code 3 says too. */
async function printed(since: number, ...options: readonly string[]): Promise<string> {
  try {
    return await system.millrace('parity', 'front', ...options, '--since', new Date(since).toISOString())
  } catch (error) {
    const { code, stdout } = error as { readonly code?: unknown; readonly stdout?: string }
    if (code === 3 && stdout !== undefined) return stdout
    throw error
  }
}

/** Of these Front's list of events tells nothing. */
function snooze(): string {
  return front.company.snooze(anyConversation(), Date.now() + 3_600_000).id
}

function anyConversation(): string {
  const [id = ''] = front.world.conversationIds()
  return id
}

function compare(what: string, told: readonly string[], made: readonly string[]): void {
  const wrong = told.filter((id) => !made.includes(id))
  const untold = made.filter((id) => !told.includes(id))
  for (const id of wrong) report.note(`${what}: ${id} is told, but was not made`)
  for (const id of untold) report.note(`${what}: ${id} is not told`)
  report.figure(`${what}: told wrongly`, wrong.length, { exactly: 0 })
  report.figure(`${what}: not told`, untold.length, { exactly: 0 })
}
