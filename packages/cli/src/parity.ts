import { type Lateness, type ParityReport, parityReasons, parityReport } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import { readToEnd, requireTopic } from '@millrace/operations'
import { type ParityFinding, type Topic, topics } from '@millrace/schemas'
import type { Source } from '@millrace/service-kit'
import { command, type Terminal } from './command.ts'
import { findModedSource } from './mode-records.ts'
import { readTime } from './read-time.ts'
import { textTable } from './table.ts'
import { withKafka } from './with-kafka.ts'

const PROGRESS_EVERY = 200
/** The exit code of a comparison that does not prove that cutting over is safe. */
export const NOT_SAFE = 3

/** `parity`: how webhooks and polling of a source compare, and whether cutting over is safe. */
export const parity = command({
  name: 'parity',
  takes: ['SOURCE'],
  summary: 'Compare what webhooks and polling brought, and say whether cutting over is safe.',
  details: [
    'Sums what the poller found and stored: events that both ways brought or one only, how late, by type, and every difference with its reason',
    'where one is known. An event is compared once polling has read its time and two minutes have passed.',
    `Exit code: 0 when cutting over is safe, ${NOT_SAFE} when it is not or that is not known; with --json the same is in .verdict.isSafe.`,
    '',
    'millrace parity front --since 24h',
    "npm run -s millrace -- parity front --json | jq -r '.differences[].event_id'",
  ].join('\n'),
  options: {
    since: {
      type: 'string',
      value: 'TIME',
      doc: 'Events from then on: 24h, 90m, 7d, or a time such as 2026-12-01T09:00:00Z. Default 24h.',
    },
    all: { type: 'boolean', doc: 'List every difference; else the first 20.' },
    json: { type: 'boolean', doc: 'One JSON object with everything.' },
  },
  run: ({ args: [name = ''], options }, terminal) => {
    const now = Date.now()
    const since = readTime(options.since ?? '24h', now, '--since', 'parity')
    return withKafka(async ({ kafka, settings }) => {
      const { source, gaps } = await findModedSource(settings, name)
      const findings = await readFindings(kafka, source, terminal)
      terminal.progress?.('')
      const report = parityReport(findings, since, now)
      if (options.json) terminal.line(asJson(name, report))
      else for (const line of asText(report, options.all === true)) terminal.line(line)
      if (gaps.state !== 'possible') terminal.note(gaps.text)
      return report.verdict.isSafe ? 0 : NOT_SAFE
    })
  },
})

/** Every finding about the source's account. @throws OperationsError `MR_OPERATIONS_TOPIC_MISSING` */
export async function readFindings(
  kafka: Kafka,
  { tenant, account }: Source,
  { signal, progress }: Pick<Terminal, 'signal' | 'progress'>,
): Promise<ParityFinding[]> {
  const topic = topics.parity as Topic<unknown>
  await requireTopic(kafka, topic)
  const found: ParityFinding[] = []
  for await (const record of readToEnd(kafka, topic, signal)) {
    const finding = kafka.decode(topics.parity, record)
    if (finding?.tenant !== tenant || finding.account !== account) continue
    found.push(finding)
    if (found.length % PROGRESS_EVERY === 0) progress?.(`${found.length} findings, up to ${time(finding.until)}`)
  }
  return found
}

const SHOWN_DIFFERENCES = 20

function asText(report: ParityReport, isAll: boolean): string[] {
  const { compared, totals, byType, lateness, differences, unlisted, verdict } = report
  if (compared === null) return [verdict.sentence]
  const rows = [...byType, ['all', totals] as const].map(([type, counts]) => [
    type,
    ...[counts.both, counts.webhookOnly, counts.pollOnly].map(String),
  ])
  const shown = isAll ? differences : differences.slice(0, SHOWN_DIFFERENCES)
  const more = differences.length - shown.length + unlisted
  return [
    `Events from ${time(compared.since)} to ${time(compared.until)}, compared up to ${ago(compared.until)} ago.`,
    '',
    textTable(['TYPE', 'BOTH', 'WEBHOOK ONLY', 'POLL ONLY'], rows),
    '',
    textTable(
      ['HOW LATE', 'P50', 'P90', 'P99', 'MAX'],
      [lateRow('webhook', lateness.webhook), lateRow('poll', lateness.poll)],
    ),
    ...(shown.length === 0 ? [] : ['', differenceTable(shown)]),
    ...(more > 0 ? [`… and ${more} more${unlisted > 0 ? `, ${unlisted} of them without an id` : ' (--all)'}`] : []),
    '',
    verdict.sentence,
  ]
}

function lateRow(origin: string, { p50, p90, p99, max }: Lateness): string[] {
  return [origin, ...[p50, p90, p99, max].map((ms) => (ms === null ? '-' : seconds(ms)))]
}

function differenceTable(differences: ParityReport['differences']): string {
  return textTable(
    ['ONLY BY', 'EVENT', 'TYPE', 'TIME', 'REASON'],
    differences.map(({ seen_by, event_id, type, occurred_at, reason }) => [
      seen_by,
      event_id,
      type,
      time(occurred_at),
      reason in parityReasons ? parityReasons[reason as keyof typeof parityReasons].text : reason,
    ]),
  )
}

function asJson(source: string, { byType, ...report }: ParityReport): string {
  return JSON.stringify({ source, ...report, byType: Object.fromEntries(byType) })
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 1_000)} s`
}

function ago(at: number): string {
  return seconds(Math.max(0, Date.now() - at))
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}
