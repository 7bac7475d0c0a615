// How fresh snapshots are and what they cost: 1,000 events a minute over 2,000 conversations (Zipf 1.0), 80 % in full and 20 % previews, on plans of 50, 100 and 200 calls a minute, with and without folding. --short, --plans 100, --minutes 10, --seed 1, --speed 1.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startReport, startStack } from '@millrace/local'
import { percentile } from '@millrace/test-support'
import { callsOfPoller, type Freshness, startFreshness } from './freshness/index.ts'
import { type Cell, linesOf, writeTable } from './freshness/table.ts'

const { values: args } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    plans: { type: 'string' },
    minutes: { type: 'string' },
    seed: { type: 'string', default: '1' },
    speed: { type: 'string', default: '1' },
  },
})
const SEED = Number(args.seed)
const SPEED = Number(args.speed)
const RATE = 1_000 * SPEED
const CONVERSATIONS = 2_000
const PREVIEWS = 0.2
const plans = (args.plans ?? (args.short ? '100' : '100,50,200')).split(',').map(Number)
/** The plan that the promise of freshness is made for. */
const JUDGED = 100
/** Long enough for the percentile 99.9 on the plan that is judged; the others and those without folding only show the gain. */
const minutesOf = (plan: number, isFolding: boolean): number => {
  if (args.minutes) return Number(args.minutes)
  if (args.short) return isFolding ? 2 : 1
  return isFolding ? (plan === JUDGED ? 10 : 5) : 3
}
const RECONCILE_MS = args.short ? 30_000 : 120_000
const GRACE_MS = args.short ? 10_000 : 30_000
/** After the last event: a period to find what webhooks never told, and one to read it. */
const SETTLE_MS = 3 * RECONCILE_MS + GRACE_MS

const report = startReport('bench freshness')
const SHORTENED =
  `One day is shortened to ${minutesOf(JUDGED, true)} min of it at its full rate, on the real clock: rate of events, plan's minute, burst pool and lag are ` +
  'as in a day; what is shortened is how often a conversation comes again, and the reconciliation period ' +
  `(${RECONCILE_MS / 1000} s for 300 s, so its calls weigh more than in a day). Conversations begin when they are first chosen; ` +
  'of five imported ones nothing is told. The burst pool is full at the start. The plans are measured beside each other on this machine.' +
  (SPEED === 1
    ? ''
    : ` Events and plan run ${SPEED} times as fast; the burst pool refills, and 5 calls a second of one resource pass, as in real time.`)
report.note(SHORTENED)
const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: !args.short, say: report.say })
const cells: Cell[] = []
/** What each plan does now: they share the lines of progress. */
const under = new Map<string, string>()
try {
  for (const isFolding of [true, false]) cells.push(...(await measureAll(isFolding)))
} finally {
  await stack.stop()
}
for (const line of linesOf(cells)) report.note(line)
if (!args.short && !args.minutes && !args.plans) writeTable(cells, SHORTENED, stack.how)
for (const cell of cells) judge(cell)
await report.finish()

/** The plans beside each other, each with services, topics and a Front of its own: what they take from each other makes lags longer, not shorter. */
async function measureAll(isFolding: boolean): Promise<Cell[]> {
  const started: { readonly plan: number; readonly freshness: Freshness }[] = []
  try {
    // One after the other: what a start costs would make the next ones fail.
    for (const plan of plans) started.push({ plan, freshness: await start(plan, isFolding) })
    return await Promise.all(started.map(({ plan, freshness }) => measure(plan, isFolding, freshness)))
  } finally {
    await Promise.all(started.map(({ freshness }) => freshness.stop()))
  }
}

function start(plan: number, isFolding: boolean): Promise<Freshness> {
  report.note(`${nameOf(plan, isFolding)}: ${minutesOf(plan, isFolding)} min`)
  return startFreshness({
    stack,
    plan: plan * SPEED,
    isFolding,
    seed: SEED,
    eventsPerMinute: RATE,
    conversations: CONVERSATIONS,
    previews: PREVIEWS,
    reconcileMs: RECONCILE_MS,
    graceMs: GRACE_MS,
  })
}

function nameOf(plan: number, isFolding: boolean): string {
  return `plan ${plan}${isFolding ? '' : ', no folding'}`
}

async function measure(plan: number, isFolding: boolean, freshness: Freshness): Promise<Cell> {
  const minutes = minutesOf(plan, isFolding)
  const name = nameOf(plan, isFolding)
  const { front } = freshness
  try {
    const count = Math.round(RATE * minutes)
    const progress = (made: number) =>
      tell(
        name,
        `${made} of ${count} events, ${freshness.snapshots.size} snapshots, ${front.counts().total} calls, ${front.counts()[429] ?? 0} × 429`,
      )
    await freshness.play(Math.round(count / 2), progress)
    const mass = massChanges(freshness)
    await freshness.play(count - Math.round(count / 2), (made) => progress(made + Math.round(count / 2)))
    const calls = front.counts().total ?? 0
    const pollerCalls = callsOfPoller(front.world.events(), minutes)
    const settledMs = await freshness.settled(isFolding ? SETTLE_MS : 1_000, (wrong) =>
      tell(name, `${wrong} conversations differ (${mass} changed silently), ${front.counts().total} calls`),
    )
    const cell = { plan, isFolding, minutes, calls, pollerCalls, settledMs, ...count429(freshness) }
    return { ...cell, ...lagsOf(freshness), ...differencesOf(freshness, name) }
  } finally {
    under.delete(name)
  }
}

function tell(name: string, text: string): void {
  under.set(name, text)
  report.progress(Array.from(under, ([plan, what]) => `${plan}: ${what}`).join(' | '))
}

/** What webhooks never tell, and reconciliation has to find. Gives the number of conversations. */
function massChanges({ front }: Freshness): number {
  const ids = front.world.conversationIds()
  const changed = ids.filter(
    (_, place) => place % 40 === 0 && front.world.conversation(ids[place] ?? '')?.status !== 'deleted',
  )
  front.company.massChange(changed, { status: 'archived' })
  return changed.length + front.company.importHistory(5).length
}

function lagsOf({ front, snapshots }: Freshness): Pick<Cell, 'lags' | 'unreflected' | 'events'> {
  // Of what webhooks do not tell there is no lag: reconciliation finds it in its period.
  const silent = new Set(['mention', 'custom_field_updated', 'conversations_merged'])
  const events = front.world.events().filter(({ type }) => !silent.has(String(type)))
  const lags = events.map(({ id, emitted_at }) => {
    const at = snapshots.reflectedAt(id)
    return at === undefined ? Number.POSITIVE_INFINITY : at / 1000 - Number(emitted_at)
  })
  return { lags, events: events.length, unreflected: lags.filter((lag) => !Number.isFinite(lag)).length }
}

function count429({ front }: Freshness): Pick<Cell, 'refused' | 'mostInAMinute' | 'allCalls'> {
  const budget = front.budget()
  const counts = front.counts()
  return { refused: counts[429] ?? 0, mostInAMinute: budget?.mostInAMinute ?? 0, allCalls: counts.total ?? 0 }
}

function differencesOf(freshness: Freshness, name: string): Pick<Cell, 'wrong' | 'conversations'> {
  const differences = freshness.differences()
  for (const { conversationId, part, wanted, found } of differences.slice(0, 5))
    report.note(`${name}: ${conversationId} ${part}: Front has ${wanted}; the snapshot ${found}`)
  const { world } = freshness.front
  return { wrong: differences.length, conversations: world.conversationIds().length + world.mergedIds().length }
}

function judge(cell: Cell): void {
  const name = `plan ${cell.plan}${cell.isFolding ? '' : ' without folding'}:`
  const isJudged = cell.plan === JUDGED && cell.isFolding
  const figure = (what: string, value: number, target = {}) =>
    report.figure(`${name} ${what}`, Math.round(value * 1000) / 1000, cell.isFolding ? target : {})
  figure('events', cell.events)
  figure('lag p50 s', percentile(cell.lags, 50))
  figure('lag p99 s', percentile(cell.lags, 99), isJudged ? { atMost: 5 } : {})
  figure('lag p99.9 s', percentile(cell.lags, 99.9), isJudged ? { atMost: 30 } : {})
  figure('events never reflected', cell.unreflected, { exactly: 0 })
  figure('calls a minute', cell.calls / cell.minutes)
  figure('calls with the work left at the end', cell.allCalls)
  figure('calls, percent of the poller', (100 * cell.calls) / cell.pollerCalls, { atMost: 10 })
  figure('most calls in a minute (the simulator counts)', cell.mostInAMinute, { atMost: cell.plan * SPEED * 1.5 })
  // A budget that asks too much is wrong with folding and without.
  report.figure(`${name} answers 429`, cell.refused, { exactly: 0 })
  figure('conversations', cell.conversations)
  figure('conversations that differ at the end', cell.wrong, { exactly: 0 })
  if (cell.settledMs !== null) figure('seconds until all agreed', cell.settledMs / 1000)
}
