import type { Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'

export const MINUTE = 60_000

export interface MinuteCount {
  readonly minute: number
  readonly label: string
  readonly count: number
}

export interface CountedSpan {
  readonly tenant: string
  readonly metric: string
  /** Epoch milliseconds of the first minute. */
  readonly since: number
}

/** What was counted of a metric, minute by minute. */
export async function countsByMinute(
  db: Kysely<Tables>,
  { tenant, metric, since }: CountedSpan,
): Promise<MinuteCount[]> {
  return await db
    .selectFrom('minute_counts')
    .select(['minute', 'label', 'count'])
    .where('tenant', '=', tenant)
    .where('metric', '=', metric)
    .where('minute', '>=', since)
    .orderBy('minute')
    .execute()
}

/** The sums of a metric by label. */
export async function sumsByLabel(db: Kysely<Tables>, span: CountedSpan): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('minute_counts')
    .select(({ fn }) => ['label', fn.sum<number | string>('count').as('count')])
    .where('tenant', '=', span.tenant)
    .where('metric', '=', span.metric)
    .where('minute', '>=', span.since)
    .groupBy('label')
    .execute()
  return new Map(rows.map(({ label, count }) => [label, Number(count)]))
}

const SERIES = 12
const REST = 'other'

/** Counts as lines of a chart: one value for each minute and type, the most frequent types first. */
export function seriesOf(counts: readonly MinuteCount[], minutes: readonly number[]) {
  const totals = new Map<string, number>()
  for (const { label, count } of counts) totals.set(label, (totals.get(label) ?? 0) + count)
  const ranked = [...totals].sort((a, b) => b[1] - a[1]).map(([type]) => type)
  const shown = ranked.length > SERIES ? ranked.slice(0, SERIES - 1) : ranked
  const place = new Map(minutes.map((minute, index) => [minute, index]))
  const lines = new Map<string, number[]>()
  for (const { label, minute, count } of counts) {
    const type = shown.includes(label) ? label : REST
    const line = lines.get(type) ?? minutes.map(() => 0)
    const index = place.get(minute)
    if (index !== undefined) line[index] = (line[index] ?? 0) + count
    lines.set(type, line)
  }
  const order = ranked.length > SERIES ? [...shown, REST] : shown
  return order.map((type) => {
    const line = lines.get(type) ?? []
    return { type, total: line.reduce((sum, count) => sum + count, 0), counts: line }
  })
}

/** The beginnings of the minutes from `since` up to the one that is under way. */
export function minutesSince(since: number, now: number): number[] {
  const last = Math.floor(now / MINUTE) * MINUTE
  return Array.from({ length: Math.floor((last - since) / MINUTE) + 1 }, (_, index) => since + index * MINUTE)
}

/** The bound below which `percent` of what was counted lies; null for nothing. `inf` counts as the highest bound. */
export function percentileOf(histogram: ReadonlyMap<string, number>, percent: number): number | null {
  const finite = [...histogram.keys()].map(Number).filter(Number.isFinite)
  const highest = Math.max(0, ...finite)
  const bounds = [...histogram].map(
    ([label, count]) => [Number.isFinite(Number(label)) ? Number(label) : highest, count] as const,
  )
  const total = bounds.reduce((sum, [, count]) => sum + count, 0)
  let seen = 0
  for (const [bound, count] of bounds.sort((a, b) => a[0] - b[0])) {
    seen += count
    if (seen > 0 && seen >= (total * percent) / 100) return bound
  }
  return null
}
