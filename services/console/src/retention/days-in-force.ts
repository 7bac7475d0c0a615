import type { TenantRetentionTable } from './tables.ts'

const HOUR_MS = 3_600_000
/** What a slip of a finger asked for can be taken back in this time: keys that were destroyed cannot. */
export const SHORTER_AFTER_MS = 24 * HOUR_MS

export type DaysInForce = Pick<TenantRetentionTable, 'days' | 'next_days' | 'next_from'>

/**
 * The days that hold at a tenant: more days at once, fewer only after they have been asked for without a break for a day.
 * @param before what held until now; undefined at a tenant's first time
 * @param configured undefined where the tenant has no days of its own
 * @param now epoch milliseconds
 */
export function daysInForce(before: DaysInForce | undefined, configured: number | undefined, now: number): DaysInForce {
  const { days = null, next_days = null, next_from = null } = before ?? {}
  const isShorter = configured !== undefined && (days === null || configured < days)
  if (!isShorter) return { days: configured ?? null, next_days: null, next_from: null }
  if (next_days !== configured || next_from === null)
    return { days, next_days: configured, next_from: now + SHORTER_AFTER_MS }
  return now < next_from ? { days, next_days, next_from } : { days: configured, next_days: null, next_from: null }
}
