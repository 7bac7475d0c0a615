import { FrontError } from '@millrace/front-client'
import type { Kafka } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import {
  type Account,
  type EventOutcome,
  type ReadSoFar,
  readEvents,
  readSources,
  withFrontClients,
} from '@millrace/service-kit'
import { command, type Terminal, usage } from './command.ts'
import { CliError } from './errors.ts'
import { type EstimateParts, type EventEstimate, estimateEvents } from './estimate-events.ts'
import { forgottenEvents } from './known-events.ts'
import { findModedSource } from './mode-records.ts'
import { quietLog } from './quiet-log.ts'
import { readDuration, writeDuration } from './read-duration.ts'
import { readTime } from './read-time.ts'
import { sayAway } from './say-away.ts'
import { withKafka } from './with-kafka.ts'

/** A backfill that takes longer than a few minutes of the plan is asked for, where somebody can be asked. */
const ASK_ABOVE_CALLS = 100
const DEFAULT_TIMEOUT_MS = 600_000
/** Where no terminal shows how far it is. */
const NOTE_EVERY_MS = 10_000

/** `backfill`: what Front lists of a time, into the pipeline once more; what is known already is dropped by dedup. */
export const backfill = command({
  name: 'backfill',
  takes: ['SOURCE'],
  summary: "Read the events of a time from the provider's list again, so that those that were missed come through.",
  details: [
    'Says first what it will cost in calls, and takes its calls behind those of live events and reconciliation. Events that are known are dropped on',
    'their way, so it may be stopped (Ctrl-C) and run again at will; it says where to go on.',
    'While Front does not answer it waits and tries again, up to --timeout; then it ends with exit code 75 and says where to go on.',
    '',
    'millrace backfill front --since 24h --dry-run',
    'millrace backfill front --since 2026-12-01T09:00:00Z --until 2026-12-01T12:00:00Z',
  ].join('\n'),
  options: {
    since: {
      type: 'string',
      value: 'TIME',
      doc: 'Events from then on: 24h, 90m, 7d, or a time such as 2026-12-01T09:00:00Z. Required.',
    },
    until: { type: 'string', value: 'TIME', doc: 'Events before then, written alike. Default: now.' },
    'dry-run': { type: 'boolean', doc: 'Only say what it would cost.' },
    timeout: {
      type: 'string',
      value: 'DURATION',
      doc: `Give up when Front has not answered for so long: 30s, 10m, 2h. Default ${writeDuration(DEFAULT_TIMEOUT_MS)}.`,
    },
    yes: {
      type: 'boolean',
      doc: `Do not ask, however many calls it takes (asked above ${ASK_ABOVE_CALLS} on a terminal).`,
    },
    repeats: {
      type: 'boolean',
      doc: 'Go back further than events are kept (30 days): what is older and was known comes through a second time.',
    },
  },
  run: ({ args: [name = ''], options }, terminal) => {
    const range = rangeOf(options)
    const timeoutMs = timeoutOf(options.timeout)
    return withKafka(async ({ kafka, settings }) => {
      const { source, gaps } = await findModedSource(settings, name)
      if (gaps.state !== 'possible') throw new CliError('MR_CLI_NO_API', `${name}: ${gaps.text}`)
      const sources = await readSources(settings)
      const account = sources.accounts.find((one) => one.tenant === source.tenant && one.name === source.account)
      return withFrontClients(
        { settings, sources, log: quietLog, secretKeys: settings.secretKeys },
        async (clients) => {
          const client = clients.of(source.tenant, source.account)
          if (client === undefined || account === undefined)
            throw new CliError(
              'MR_CLI_NO_API',
              `account ${source.account} cannot be called: its OAuth client was not authorised yet`,
            )
          const patience = {
            ...{ log: sayAway(terminal, timeoutMs), account: source.account },
            ...{ signal: terminal.signal, giveUpAfterMs: timeoutMs },
          }
          const job = { client, patience, kafka, account, owner: { ...source, source: source.name }, range, terminal }
          const estimate = await estimateEvents(job, range.after, range.before).catch(failFront)
          terminal.line(costOf(estimate, account))
          if (options['dry-run'] || !(await isWanted(estimate, options.yes === true, terminal))) return 0
          return readAll(job, estimate)
        },
      )
    })
  },
})

interface Range {
  /** Epoch milliseconds, both exclusive. */
  readonly after: number
  readonly before: number
}

interface Job extends EstimateParts {
  readonly kafka: Kafka
  readonly account: Account
  readonly owner: { readonly tenant: string; readonly account: string; readonly source: string }
  readonly range: Range
  readonly terminal: Terminal
}

function rangeOf({ since, until, repeats }: { since?: string; until?: string; repeats?: boolean }): Range {
  const now = Date.now()
  if (since === undefined) throw usage('backfill needs --since TIME', 'backfill')
  const after = readTime(since, now, '--since', 'backfill') - 1
  const before = until === undefined ? now : readTime(until, now, '--until', 'backfill')
  if (after >= before) throw usage('--since must be before --until and before now', 'backfill')
  const keptMs = topics.events.retentionMs
  if (after < now - keptMs && !repeats) {
    const days = keptMs / 86_400_000
    throw usage(
      `--since is more than ${days} days ago: what was known then may come a second time; --repeats does it`,
      'backfill',
    )
  }
  return { after, before }
}

function costOf({ events, calls, isExact, spent }: EventEstimate, { name, callsPerMinute }: Account): string {
  const about = isExact ? '' : 'about '
  const minutes = calls / callsPerMinute
  const time = minutes < 1 ? 'less than a minute' : `at least ${Math.ceil(minutes)} min`
  return `${about}${events} events: ${about}${calls} ${calls === 1 ? 'call' : 'calls'} of account ${name} (${callsPerMinute} a minute), ${time}; to find this out took ${spent}`
}

async function isWanted({ calls }: EventEstimate, isYes: boolean, { ask }: Terminal): Promise<boolean> {
  if (isYes || ask === undefined || calls <= ASK_ABOVE_CALLS) return true
  return /^y(es)?$/i.test((await ask('Go on? [y/N] ')).trim())
}

async function readAll(job: Job, estimate: EventEstimate): Promise<number> {
  const { kafka, owner, range, terminal, client, patience } = job
  const forgotten = await forgottenEvents(kafka, owner, range.after, terminal)
  const counts: Record<EventOutcome, number> = { stored: 0, seen: 0, refused: 0 }
  const show = progressOn(job, estimate, counts)
  let reached = range.after
  try {
    const parts = { client, owner, kafka, ...patience }
    const soFar = await readEvents(
      { ...parts, seen: { has: (id) => forgotten.has(id), add() {} }, onEvent: (outcome) => void counts[outcome]++ },
      { ...range, lane: 'replay', maxPages: Number.POSITIVE_INFINITY },
      async (page) => {
        reached = page.reached
        show(page)
      },
    )
    terminal.progress?.('')
    terminal.line(
      `${told(counts)} in ${soFar.pages} ${soFar.pages === 1 ? 'call' : 'calls'}; those that were known already are dropped on their way`,
    )
    return 0
  } catch (error) {
    terminal.progress?.('')
    const goesOn = `millrace backfill ${owner.source} --since ${new Date(reached).toISOString()} --until ${new Date(range.before).toISOString()}`
    terminal.note(`stopped after ${told(counts)}; this goes on from there:\n  ${goesOn}`)
    return failFront(error)
  }
}

function timeoutOf(text: string | undefined): number {
  const timeoutMs = text === undefined ? DEFAULT_TIMEOUT_MS : readDuration(text)
  if (timeoutMs !== undefined && timeoutMs > 0) return timeoutMs
  throw usage(`--timeout is a time such as 30s, 10m or 2h, not "${text}"`, 'backfill')
}

function failFront(error: unknown): never {
  if (!(error instanceof FrontError)) throw error
  if (error.retryable)
    throw new CliError('MR_CLI_FRONT_AWAY', `Front did not answer: ${error.message}`, { cause: error })
  throw new CliError('MR_CLI_NO_API', `Front refuses to list its events: ${error.message}`, { cause: error })
}

function told({ stored, seen, refused }: Record<EventOutcome, number>): string {
  const known = seen === 0 ? '' : `, ${seen} known and passed over`
  const large = refused === 0 ? '' : `, ${refused} too large to be stored`
  return `${stored} events stored${known}${large}`
}

function progressOn({ range, terminal }: Job, { calls }: EventEstimate, counts: Record<EventOutcome, number>) {
  const startedAt = Date.now()
  let notedAt = startedAt
  return ({ reached, pages }: ReadSoFar): void => {
    const share = Math.min(1, (reached - range.after) / (range.before - range.after))
    const leftMs = share > 0.01 ? ((Date.now() - startedAt) * (1 - share)) / share : Number.NaN
    const left = Number.isNaN(leftMs) ? '' : `, about ${Math.max(1, Math.round(leftMs / 60_000))} min left`
    const at = new Date(reached).toISOString().replace(/\.\d+Z$/, 'Z')
    const line = `${Math.round(share * 100)} %, up to ${at}: ${told(counts)}, ${pages} of about ${Math.max(calls, pages)} calls${left}`
    if (terminal.progress !== undefined) terminal.progress(line)
    else if (Date.now() - notedAt >= NOTE_EVERY_MS) {
      notedAt = Date.now()
      terminal.note(line)
    }
  }
}
