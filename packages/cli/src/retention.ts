import type { Kept } from '@millrace/kafka'
import { allTopics, type Topic } from '@millrace/schemas'
import { command } from './command.ts'
import { showTenants } from './retention-tenants.ts'
import { textTable } from './table.ts'
import { withKafka } from './with-kafka.ts'

const DAY_MS = 86_400_000
/** A broker looks for what is past its time every five minutes, unless it is set otherwise. */
const BROKER_CHECKS_MS = 300_000
/** The exit code where something is kept longer than the registry says. */
const KEPT_LONGER = 3

type Verdict = 'as promised' | 'shorter' | 'LONGER' | 'missing'

interface Row {
  readonly topic: string
  /** What docs/privacy.md promises; null for compacted topics, which keep the last record of a key. */
  readonly promised_ms: number | null
  /** What the broker does; null where records do not end by age. */
  readonly set_ms: number | null
  readonly segment_ms: number | null
  /** Records past what is promised, a segment's time and the broker's next look. */
  readonly past: number
  readonly verdict: Verdict
}

/** `retention`: whether topics let go of what they hold when docs/privacy.md says so. */
export const retention = command({
  name: 'retention',
  takes: [],
  summary: 'Compare how long topics and tenants keep what they hold with what is promised, and find what is past it.',
  details: [
    'The promise is the registry, as docs/privacy.md has it. Kafka removes whole segments of a log, so a record may stay up to segment.ms (7 days',
    'unless the topic sets another) longer; only what is past that too counts. A topic that was set shorter is named and is no fault.',
    'The console removes old rows itself every ten minutes (CONSOLE_LEDGER_DAYS, CONSOLE_PAYLOAD_DAYS). Of tenants with retention_days (docs/sources.md)',
    'it removes rows sooner, and ends the data keys of each day once it is past their days: records of then cannot be read by anybody any more.',
    `Exit code: 0 when nothing is kept longer than promised, ${KEPT_LONGER} when something is, 1 when a topic is missing or the console cannot be asked.`,
  ].join('\n'),
  options: { json: { type: 'boolean', doc: 'One JSON object per topic, then per tenant; times in milliseconds.' } },
  run: ({ options }, terminal) =>
    withKafka(async ({ kafka, settings }) => {
      const now = Date.now()
      const rows: Row[] = []
      for (const topic of allTopics()) {
        terminal.progress?.(topic.name)
        const name = `${settings.kafkaPrefix}${topic.name}`
        rows.push(await retentionOf(topic, name, now, (before) => kafka.kept(topic, before)))
      }
      terminal.progress?.('')
      if (options.json) for (const row of rows) terminal.line(JSON.stringify(row))
      else terminal.line(asTable(rows))
      const ofTenants = await showTenants(terminal, options.json === true)
      const longer = rows.filter(({ verdict }) => verdict === 'LONGER')
      for (const { topic, promised_ms } of longer)
        terminal.note(
          `${topic}: set retention.ms to ${promised_ms} (kafka-configs --alter), or say in your own documents that it is kept longer`,
        )
      if (longer.length > 0 || ofTenants === 'kept longer') return KEPT_LONGER
      return ofTenants === 'unknown' || rows.some(({ verdict }) => verdict === 'missing') ? 1 : 0
    }),
})

/** @param ask what the broker keeps of the topic, and how much of it is older than a time */
export async function retentionOf(
  topic: Pick<Topic<unknown>, 'cleanup' | 'retentionMs'>,
  name: string,
  now: number,
  ask: (before: number) => Promise<Kept | undefined>,
): Promise<Row> {
  const promised = topic.cleanup === 'delete' ? topic.retentionMs : null
  const kept = await ask(now)
  if (kept === undefined)
    return { topic: name, promised_ms: promised, set_ms: null, segment_ms: null, past: 0, verdict: 'missing' }
  const { retentionMs = null, segmentMs } = kept
  const known = { topic: name, promised_ms: promised, set_ms: retentionMs, segment_ms: segmentMs }
  if (promised === null) return { ...known, past: 0, verdict: 'as promised' }
  const late = await ask(now - promised - segmentMs - BROKER_CHECKS_MS)
  const past = Number(late?.older ?? 0n)
  const isLonger = retentionMs === null || retentionMs > promised || past > 0
  return { ...known, past, verdict: isLonger ? 'LONGER' : retentionMs < promised ? 'shorter' : 'as promised' }
}

function asTable(rows: readonly Row[]): string {
  return textTable(
    ['TOPIC', 'PROMISED', 'SET', 'SEGMENT', 'PAST IT', ''],
    rows.map(({ topic, promised_ms, set_ms, segment_ms, past, verdict }) => [
      topic,
      promised_ms === null ? 'last of a key' : days(promised_ms),
      verdict === 'missing'
        ? '–'
        : set_ms === null
          ? promised_ms === null
            ? 'last of a key'
            : 'for ever'
          : days(set_ms),
      segment_ms === null ? '–' : days(segment_ms),
      String(past),
      verdict,
    ]),
  )
}

function days(ms: number): string {
  return `${Number((ms / DAY_MS).toPrecision(3))} d`
}
