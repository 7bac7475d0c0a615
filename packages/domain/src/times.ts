const EARLIEST_MS = Date.UTC(2000, 0, 1)
const LATEST_MS = Date.UTC(2200, 0, 1)
/** Epoch seconds reach this in the year 5138, epoch milliseconds did in 1973. */
const FIRST_MILLISECONDS = 1e11

/**
 * A provider's time in epoch milliseconds: seconds or milliseconds as number or decimal string, or an ISO 8601 date and time. Null for anything
 * else and for times outside the years 2000 to 2200.
 */
export function asTime(value: unknown): number | null {
  const ms = typeof value === 'string' && !/^\d+(\.\d+)?$/.test(value) ? isoTime(value) : epochTime(value)
  return ms !== null && ms >= EARLIEST_MS && ms < LATEST_MS ? ms : null
}

function isoTime(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text) || text.length > 64) return null
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}

function epochTime(value: unknown): number | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null
  const number = Number(value)
  if (!Number.isFinite(number)) return null
  return Math.round(number >= FIRST_MILLISECONDS ? number : number * 1000)
}
