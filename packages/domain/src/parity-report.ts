import type { Origin, ParityDifference, ParityFinding } from '@millrace/schemas'
import { type DelayHistogram, delayPercentile } from './delay-histogram.ts'
import { isHarmlessReason } from './parity-reasons.ts'

export interface ParityCounts {
  readonly both: number
  readonly webhookOnly: number
  readonly pollOnly: number
}

/** How late the copies of one way came, in milliseconds; null where none came. */
export interface Lateness {
  readonly p50: number | null
  readonly p90: number | null
  readonly p99: number | null
  readonly max: number | null
}

export interface ParityReport {
  /** The span of event times that was compared; null when nothing was. */
  readonly compared: { readonly since: number; readonly until: number } | null
  readonly totals: ParityCounts
  readonly byType: ReadonlyMap<string, ParityCounts>
  readonly lateness: Readonly<Record<Origin, Lateness>>
  /** In order of time, without those whose other copy came after all. */
  readonly differences: readonly ParityDifference[]
  /** Differences that are counted but not listed. */
  readonly unlisted: number
  /** Events that polling brought and webhooks should have brought. */
  readonly missed: number
  readonly verdict: ParityVerdict
}

export interface ParityVerdict {
  readonly isSafe: boolean
  /** Whether cutting over to webhooks is safe, and why. */
  readonly sentence: string
}

/** Of the events that webhooks should bring, the share (percent) that may be missing: what reconciliation repairs in passing. */
export const TOLERATED_MISSED_PERCENT = 0.1
/** How much of the time asked for (percent) must have been compared. */
const NEEDED_COVERAGE_PERCENT = 90

/**
 * Sums the findings whose span ends after `since`. A window that was told twice (its writer stopped in between) counts once, a correction
 * once for each event.
 */
export function parityReport(findings: Iterable<ParityFinding>, since: number, now: number): ParityReport {
  const once = latestOf([...findings].filter((finding) => finding.until > since))
  const windows = once.filter(({ kind }) => kind === 'window')
  const counts = once.flatMap(({ types }) => types)
  const types = [...new Set(counts.map(({ type }) => type))].sort()
  const byType = new Map(types.map((type) => [type, sum(counts.filter((each) => each.type === type))]))
  const differences = openDifferences(once)
  const unlisted = once.reduce((total, finding) => total + finding.unlisted, 0)
  const totals = sum(counts)
  const harmless = differences.filter((each) => each.seen_by === 'poll' && isHarmlessReason(each.reason)).length
  const missed = totals.pollOnly - harmless
  const compared = spanOf(windows)
  const lateness = { webhook: latenessOf(once, 'webhook'), poll: latenessOf(once, 'poll') }
  const verdict = judge({ compared, totals, missed, differences, lateness, asked: { since, now } })
  return { compared, totals, byType, lateness, differences, unlisted, missed, verdict }
}

function latestOf(findings: readonly ParityFinding[]): ParityFinding[] {
  const byPlace = new Map<string, ParityFinding>()
  for (const finding of findings) {
    const of = finding.kind === 'window' ? `${finding.since}` : (finding.differences[0]?.event_id ?? '')
    const seenBy = finding.kind === 'window' ? '' : (finding.differences[0]?.seen_by ?? '')
    byPlace.set([finding.tenant, finding.account, finding.kind, of, seenBy].join(' '), finding)
  }
  return [...byPlace.values()]
}

function sum(counts: readonly ParityFinding['types'][number][]): ParityCounts {
  const add = (pick: (each: ParityFinding['types'][number]) => number) =>
    counts.reduce((total, each) => total + pick(each), 0)
  return {
    both: add(({ both }) => both),
    webhookOnly: add((each) => each.webhook_only),
    pollOnly: add((each) => each.poll_only),
  }
}

function openDifferences(findings: readonly ParityFinding[]): ParityDifference[] {
  const all = findings.flatMap(({ differences }) => differences)
  const resolved = new Set(all.filter(({ seen_by }) => seen_by === 'both').map(({ event_id }) => event_id))
  return all.filter(({ event_id }) => !resolved.has(event_id)).sort((a, b) => a.occurred_at - b.occurred_at)
}

function spanOf(windows: readonly ParityFinding[]): ParityReport['compared'] {
  if (windows.length === 0) return null
  return {
    since: windows.reduce((least, window) => Math.min(least, window.since), Number.POSITIVE_INFINITY),
    until: windows.reduce((most, window) => Math.max(most, window.until), 0),
  }
}

function latenessOf(findings: readonly ParityFinding[], origin: Origin): Lateness {
  const histogram = new Map<number, number>()
  for (const { delays } of findings) {
    for (const delay of delays) {
      if (delay.origin !== origin) continue
      histogram.set(delay.up_to_ms, (histogram.get(delay.up_to_ms) ?? 0) + delay.events)
    }
  }
  const at = (percent: number) => delayPercentile(histogram as DelayHistogram, percent)
  return { p50: at(50), p90: at(90), p99: at(99), max: at(100) }
}

interface Judged extends Pick<ParityReport, 'compared' | 'totals' | 'missed' | 'differences' | 'lateness'> {
  readonly asked: { readonly since: number; readonly now: number }
}

function judge({ compared, totals, missed, differences, lateness, asked }: Judged): ParityVerdict {
  const unsafe = (sentence: string) => ({ isSafe: false, sentence })
  if (compared === null)
    return unsafe(
      'Whether cutting over is safe is not known: nothing was compared in this time. Comparing needs an API token, and polling must have read this time: some minutes after it in the mode parallel, up to about ten in the mode webhook.',
    )
  const expected = totals.both + missed
  if (expected === 0) return unsafe('Whether cutting over is safe is not known: no event happened that webhooks bring.')
  const percent = (missed / expected) * 100
  if (percent > TOLERATED_MISSED_PERCENT) {
    const { reason, text } = mainReason(differences)
    const hint = reason === 'unknown' ? '' : `, most of them because ${text}`
    return unsafe(
      `Cutting over is not safe: webhooks missed ${missed} of ${expected} events that polling saw (${shown(percent)} %)${hint}.`,
    )
  }
  const coverage = ((compared.until - compared.since) / (asked.now - asked.since)) * 100
  if (coverage < NEEDED_COVERAGE_PERCENT) {
    return unsafe(
      `Cutting over is not proven safe yet: ${lengthOf(compared.until - compared.since)} of the ${lengthOf(asked.now - asked.since)} asked for have been compared, without a finding against it.`,
    )
  }
  const few = missed === 0 ? 'all' : `all but ${missed}, which reconciliation repaired, of`
  const speed = lateness.webhook.p50 === null ? '' : `, half of them within ${shown(lateness.webhook.p50 / 1_000)} s`
  return {
    isSafe: true,
    sentence: `Cutting over is safe: webhooks brought ${few} the ${expected} events that polling saw and webhooks send${speed}.`,
  }
}

const reasonTexts: Readonly<Record<string, string>> = {
  'verification-failures': 'webhooks were refused for their signature or time',
  'no-webhooks-then': 'no webhook came at all for a while',
}

function mainReason(differences: readonly ParityDifference[]): { reason: string; text: string } {
  const times = new Map<string, number>()
  for (const { seen_by, reason } of differences) {
    if (seen_by === 'poll' && !isHarmlessReason(reason)) times.set(reason, (times.get(reason) ?? 0) + 1)
  }
  const [[reason] = ['unknown']] = [...times].sort((a, b) => b[1] - a[1])
  return { reason, text: reasonTexts[reason] ?? '' }
}

function lengthOf(ms: number): string {
  if (ms < 60_000) return `${Math.round(ms / 1_000)} s`
  return ms < 3_600_000 ? `${shown(ms / 60_000)} min` : `${shown(ms / 3_600_000)} h`
}

/** Two digits that count. */
function shown(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Number(value.toPrecision(2)))
}
