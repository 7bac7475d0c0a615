import type { Kafka } from '@millrace/kafka'
import { type DeadFilter, fitsType, readDead, readToEnd, requireTopic } from '@millrace/operations'
import { type Attempt, topics } from '@millrace/schemas'
import { command, usage } from './command.ts'
import { deadOptions, filterOf } from './delivery-options.ts'
import { textTable } from './table.ts'
import { withKafka } from './with-kafka.ts'

const NAME = 'deliveries list'
const MAX_SHOWN = 10_000

/** `deliveries list`: what became of deliveries lately, or which lie dead. */
export const listDeliveries = command({
  name: NAME,
  takes: [],
  summary: 'Show deliveries with their last try; --dead: those that were given up.',
  details: [
    'By default those with a try within the last hour, the newest last.',
    '',
    'millrace deliveries list --since 10m --outcome retrying',
    'millrace deliveries list --dead --endpoint ep_1',
  ].join('\n'),
  options: {
    ...deadOptions,
    dead: { type: 'boolean', doc: 'Those that lie in the dead-letter topics and were not put back.' },
    outcome: {
      type: 'string',
      value: 'OUTCOME',
      doc: 'Only those whose last try was succeeded, retrying, failed or unknown.',
    },
    count: { type: 'string', value: 'N', doc: 'The last N; default 50, at most 10,000.' },
    json: { type: 'boolean', doc: 'One JSON object per line.' },
  },
  run({ options }, terminal) {
    const { dead: isDead, outcome, count = '50', json, ...filters } = options
    if (!/^[1-9]\d{0,4}$/.test(count) || Number(count) > MAX_SHOWN)
      throw usage(`--count is a whole number from 1 to ${MAX_SHOWN}, not "${count}"`, NAME)
    if (isDead && outcome !== undefined) throw usage('--outcome is about tries: leave out --dead', NAME)
    if (!isDead && filters.conversation !== undefined) throw usage('--conversation is taken together with --dead', NAME)
    const filter = filterOf(isDead ? filters : { since: '1h', ...filters }, NAME)
    return withKafka(async ({ kafka }) => {
      const { signal } = terminal
      const rows = isDead
        ? (await readDead(kafka, filter, signal)).map((one) => ({
            state: 'dead',
            at: one.at,
            delivery: one.deliveryId,
            tenant: one.tenant,
            endpoint: one.endpointId,
            type: one.eventType,
            tries: one.tries,
            code: one.code,
            why: one.reason === '' ? one.code : `${one.code}: ${one.reason}`,
          }))
        : (await lastTries(kafka, filter, outcome, signal)).map((one) => ({
            state: one.outcome,
            at: one.started_at,
            delivery: one.delivery_id,
            tenant: one.tenant,
            endpoint: one.endpoint_id,
            type: one.event_type,
            tries: one.attempt,
            code: one.error_code,
            why: one.error_code ?? `status ${one.status_code}`,
          }))
      const shown = rows.slice(-Number(count))
      if (json) for (const row of shown) terminal.line(JSON.stringify({ ...row, at: new Date(row.at).toISOString() }))
      else if (shown.length === 0) terminal.note('none')
      else terminal.line(asTable(shown))
      if (shown.length < rows.length) terminal.note(`the last ${shown.length} of ${rows.length}`)
      return 0
    })
  },
})

interface Row {
  readonly state: string
  readonly at: number
  readonly delivery: string
  readonly endpoint: string
  readonly type: string
  readonly tries: number
  readonly why: string
}

function asTable(rows: readonly Row[]): string {
  return textTable(
    ['AT', 'STATE', 'TRIES', 'DELIVERY', 'ENDPOINT', 'TYPE', 'WHY'],
    rows.map(({ at, state, tries, delivery, endpoint, type, why }) => [
      new Date(at).toISOString(),
      state,
      String(tries),
      delivery,
      endpoint,
      type,
      why,
    ]),
  )
}

/** The last try of each delivery that has one since then, oldest first; the newest 10,000 where they are more. */
async function lastTries(
  kafka: Kafka,
  { tenant, endpoint, code, type, ids = [], since = 0, until = Number.POSITIVE_INFINITY }: DeadFilter,
  outcome: string | undefined,
  signal: AbortSignal,
): Promise<readonly Attempt[]> {
  await requireTopic(kafka, topics.attempts)
  const last = new Map<string, Attempt>()
  for await (const record of readToEnd(kafka, topics.attempts, signal)) {
    if (record.timestamp < since || record.timestamp >= until) continue
    const attempt = kafka.decode(topics.attempts, record)
    if (attempt === null || (tenant !== undefined && attempt.tenant !== tenant)) continue
    if (endpoint !== undefined && attempt.endpoint_id !== endpoint) continue
    if (ids.length > 0 && !ids.includes(attempt.delivery_id)) continue
    if (type !== undefined && !fitsType(attempt.event_type, type)) continue
    const key = `${attempt.tenant}/${attempt.delivery_id}`
    // Its answer is for `deliveries show`; put at the end, so that the oldest goes first.
    last.delete(key)
    last.set(key, { ...attempt, answer: null })
    if (last.size > MAX_SHOWN) last.delete(last.keys().next().value ?? '')
  }
  return [...last.values()]
    .filter((attempt) => outcome === undefined || attempt.outcome === outcome)
    .filter((attempt) => code === undefined || attempt.error_code === code)
    .sort((a, b) => a.started_at - b.started_at)
}
