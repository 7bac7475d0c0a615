import type { Redis } from 'ioredis'
import { leaseFor } from '../call.ts'
import { type Lane, lanes } from './lanes.ts'
import { BURST_UNIT, burstCap } from './model.ts'
import { budgetKey } from './redis-budget.ts'

/** What is left of an account's plan, as all its processes together know it; null where nothing is known, as when nobody called for a day. */
export interface BudgetStanding {
  /** Calls a minute of the plan as the headers of Front's answers tell it. */
  readonly plan: number | null
  /** Calls of this minute's plan, as far as it is ours. */
  readonly remaining: number | null
  /** Whole calls of the burst pool. */
  readonly burstRemaining: number | null
  /** Every lane, the most urgent first: calls of the plan that count now, and whether more of it wait for their turn. */
  readonly lanes: readonly { readonly lane: Lane; readonly used: number; readonly isWaiting: boolean }[]
}

/**
 * Reads what the processes that share an account's budget keep in Redis, and changes nothing.
 * @param callsPerMinute the account's setting
 */
export async function readBudgetStanding(
  redis: Pick<Redis, 'hgetall' | 'zrangebyscore'>,
  key: string,
  callsPerMinute: number,
  now = Date.now(),
): Promise<BudgetStanding> {
  const [found, calls] = await Promise.all([
    redis.hgetall(budgetKey(key, 'budget')),
    redis.zrangebyscore(budgetKey(key, 'plan'), `(${now}`, '+inf', 'LIMIT', 0, MAX_CALLS),
  ])
  const value = (name: string) => Number(found[name] ?? 0)
  const plan = found.told === undefined ? null : value('told')
  const byLane = lanes.map((lane, place) => ({
    lane,
    used: calls.filter((id) => id.startsWith(`${lane}/`)).length,
    isWaiting: value(`wanted:${place + 1}`) > now,
  }))
  // The plan's use is not known yet, or nobody called for a day.
  if (found.known !== '1') return { plan, remaining: null, burstRemaining: null, lanes: byLane }
  const limit = plan === null ? callsPerMinute : Math.max(1, Math.min(callsPerMinute, plan))
  const own = limit - calls.length
  const left = value('reset') > now ? Math.min(own, value('left')) : own
  const refilled = value('burst') + Math.max(0, now - value('burst_at')) * limit
  const pool = Math.min(burstCap(limit, leaseFor(USUAL_TIMEOUT_MS)) * BURST_UNIT, refilled)
  return { plan, remaining: Math.max(0, left), burstRemaining: Math.floor(pool / BURST_UNIT), lanes: byLane }
}

/** Far above the calls a minute of any plan. */
const MAX_CALLS = 10_000
const USUAL_TIMEOUT_MS = 10_000
