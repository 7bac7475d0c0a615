// The console's ledger on Postgres: a history of events projected from its topics, searched over the HTTP API, built anew, and live traffic at 2,000 events/s. --events 1000000 --seconds 30; --encryption: all of it encrypted.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startReport } from '@millrace/local'
import { percentile, type ServiceProcess, waitFor } from '@millrace/test-support'
import { history, TENANT } from './ledger/history.ts'
import { startLedger } from './ledger/start-ledger.ts'

const { values: args } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '30' },
    encryption: { type: 'boolean', default: false },
  },
})
const EVENTS = Number(args.events)
const SECONDS = Number(args.seconds)
const LIVE_RATE = 2_000
const CONVERSATIONS = Math.max(100, Math.round(EVENTS / 8))
const DAYS = 20
const DAY_MS = 86_400_000
const ASKED = 200
const COMMIT_EVERY_MS = 1_000
const DEADLINE_MS = 3_600_000

const report = startReport('bench ledger')
// As an installation would run it: nothing that makes tests quick and loses data.
const settings = { fsync: 'on', full_page_writes: 'on', shared_buffers: '512MB', max_wal_size: '4GB' }
const { writer, api, headers, startConsole, stop } = await startLedger(report, {
  settings,
  isEncrypted: args.encryption,
})
try {
  const startAt = Date.now() - DAYS * DAY_MS
  const past = { events: EVENTS, conversations: CONVERSATIONS, startAt, stepMs: (DAYS * DAY_MS) / EVENTS, name: 'p' }
  await writer.write(history(past), {
    onProgress: (events) => report.progress(`${events} of ${EVENTS} events and what follows from them written`),
  })
  await writer.commitEvents()
  await measure(await startConsole())
} finally {
  await stop()
}
await report.finish()

/** What a search has in its body. */
type Search = Readonly<Record<string, string>>

interface Ledger {
  readonly state: string
  readonly lag_records: number | null
}

async function measure(console: ServiceProcess): Promise<void> {
  const built = await untilLive('building')
  report.figure('events in the topics', EVENTS)
  report.figure('first build s', round(built / 1_000))
  report.figure('first build events a second', Math.round(EVENTS / (built / 1_000)), { atLeast: 2_000 })
  await searches()
  await live(console)
  await rebuild()
}

/** Milliseconds until the ledger says that it is live. */
async function untilLive(doing: string): Promise<number> {
  const began = performance.now()
  await waitFor(
    async () => {
      const ledger = await ledgerNow()
      report.progress(`${doing}: ${ledger.state}, ${ledger.lag_records ?? '?'} records left`)
      return ledger.state === 'live'
    },
    { what: 'the ledger to be live', deadlineMs: DEADLINE_MS, everyMs: 250 },
  )
  return performance.now() - began
}

async function ledgerNow(): Promise<Ledger> {
  return ((await get('overview')) as { ledger: Ledger }).ledger
}

async function searches(): Promise<void> {
  const some = () => Math.floor(Math.random() * EVENTS)
  const id = () => `evt_p${some().toString(36)}`
  await measured('search by event id', 20, () => `events?q=${id()}`)
  await measured('one event', 20, () => `events/${id()}`)
  await measured('search by webhook id', 20, () => `events?q=wh-p${some()}`)
  const types = ['message.received', 'message.sent', 'comment.added', 'conversation.tagged']
  const type = () => types[Math.floor(Math.random() * types.length)]
  const span = () => {
    const since = Date.now() - Math.floor(Math.random() * DAYS) * DAY_MS
    return `since=${since}&until=${since + DAY_MS}`
  }
  const filters = [
    () => `type=${type()}`,
    () => `type=${type()}&${span()}`,
    () => 'status=processed',
    () => 'status=pending',
    () => 'status=failed',
    () => `conversation=cnv_p${Math.floor(Math.random() * CONVERSATIONS).toString(36)}`,
    () => `client=client-${Math.floor(Math.random() * 20_000)}&type=${type()}`,
    () => `status=processed&type=${type()}&${span()}`,
  ]
  let turn = 0
  await measured('filter', 300, () => `events?${filters[turn++ % filters.length]?.()}`)
  await measured('search by text', 300, () => ({ text: 'sam@example.com' }))
  const conversation = () => `cnv_p${Math.floor(Math.random() * CONVERSATIONS).toString(36)}`
  await measured('search by text in a conversation', 300, () => ({ text: 'order', conversation: conversation() }))
  await measured('search by text that is rare', 300, () => ({ text: 'nobody@nowhere.example' }))
  await measured('timeline', 300, () => `events/${id()}/timeline`)
  await measured('overview', 500, () => 'overview')
}

/** p95 over the API, one request after the other, as a person waits for each. */
async function measured(name: string, atMost: number, asked: () => string | Search): Promise<void> {
  const times: number[] = []
  for (let n = 0; n < ASKED; n++) {
    const began = performance.now()
    const one = asked()
    await (typeof one === 'string' ? get(one) : search(one))
    times.push(performance.now() - began)
    report.progress(`${name}: ${n} of ${ASKED}`)
  }
  report.figure(`${name} p50 ms`, round(percentile(times, 50)))
  report.figure(`${name} p95 ms`, round(percentile(times, 95)), { atMost })
}

/** As a group does that keeps up: events are settled while more of them come. */
async function commitAlong(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(COMMIT_EVERY_MS, undefined, { signal }).catch(() => {})
    await writer.commitEvents()
  }
}

/** 2,000 events a second with all that follows from them, while a person looks on. */
async function live(console: ServiceProcess): Promise<void> {
  const now = { events: LIVE_RATE * SECONDS, conversations: 5_000, startAt: Date.now(), stepMs: 1_000 / LIVE_RATE }
  const ages: number[] = []
  const looking = setInterval(async () => {
    const age = /^millrace_console_ledger_age(?:_seconds)?(?:{[^}]*})? ([\d.e+-]+)/m.exec(
      await console.metrics().catch(() => ''),
    )?.[1]
    if (age !== undefined) ages.push(Number(age))
  }, 500)
  const written = new AbortController()
  const committing = commitAlong(written.signal)
  const began = performance.now()
  await writer.write(history({ ...now, name: 'l' }), {
    perSecond: LIVE_RATE,
    onProgress: (events) => report.progress(`${events} live events`),
  })
  const tookS = (performance.now() - began) / 1_000
  clearInterval(looking)
  written.abort()
  const last = `evt_l${(LIVE_RATE * SECONDS - 1).toString(36)}`
  const caught = performance.now()
  await waitFor(async () => (await status(`events/${last}`)) === 200, { what: 'the last event', deadlineMs: 120_000 })
  report.figure('live events a second', Math.round((LIVE_RATE * SECONDS) / tookS), { atLeast: LIVE_RATE * 0.95 })
  report.figure('live: age of the ledger p95 s', round(percentile(ages, 95)), { atMost: 10 })
  report.figure('live: last event in the ledger after ms', Math.round(performance.now() - caught), { atMost: 3_000 })
  await committing
  await writer.commitEvents()
}

async function rebuild(): Promise<void> {
  const response = await fetch(`${api}/ledger/rebuild`, { method: 'POST', headers })
  if (!response.ok) throw new Error(`rebuild: ${response.status} ${await response.text()}`)
  await waitFor(async () => (await ledgerNow()).state !== 'live', { what: 'the rebuild to begin', deadlineMs: 30_000 })
  const took = await untilLive('rebuilding')
  report.figure('rebuild s', round(took / 1_000))
}

function search(body: Search): Promise<unknown> {
  return get('events/search', {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function get(path: string, init: RequestInit = { headers }): Promise<unknown> {
  const response = await fetch(`${api}/tenants/${TENANT}/${path}`, init)
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return await response.json()
}

async function status(path: string): Promise<number> {
  const response = await fetch(`${api}/tenants/${TENANT}/${path}`, { headers })
  await response.arrayBuffer()
  return response.status
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
