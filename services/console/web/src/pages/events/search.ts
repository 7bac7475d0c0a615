import type { Query } from '../../app/request.ts'

/** Filters of the list, as they stand in the address; all but `since` and `until` are the API's own. */
export const filterNames = [
  'q',
  'status',
  'type',
  'conversation',
  'client',
  'source',
  'since',
  'until',
  'text',
] as const
export type FilterName = (typeof filterNames)[number]

const PAGE_ROWS = 50

const spans: Readonly<Record<string, number>> = {
  '15m': 15 * 60_000,
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 7 * 86_400_000,
}

/**
 * The API's query for what the address says. `since` may be a span like `1h`, which is counted from the minute that it is asked in, so that a
 * link means the same tomorrow and the query does not change each moment.
 * @param now epoch ms of the asking; of the first page for all that follow, whose cursor is of that list
 */
export function queryOf(values: Readonly<Record<FilterName | 'cursor', string>>, now = Date.now()): Query {
  const { since, until, ...rest } = values
  return { ...rest, since: timeOf(since, now), until: timeOf(until, now), limit: PAGE_ROWS }
}

function timeOf(text: string, now: number): number | undefined {
  if (text === '') return undefined
  const span = spans[text]
  if (span !== undefined) return Math.floor(now / 60_000) * 60_000 - span
  const at = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}
