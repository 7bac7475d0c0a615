/** Front's limit on a whole company: calls a minute, and half as many again from a burst pool that refills in ten minutes. */
export interface PlanLimit {
  readonly callsPerMinute: number
  take(now: number): { isAllowed: boolean; headers: Record<string, string> }
}

const MINUTE = 60_000
const BURST_REFILL_MS = 600_000

/** @see https://dev.frontapp.com/docs/rate-limiting */
export function createPlanLimit(callsPerMinute: number, burst: number = Math.floor(callsPerMinute / 2)): PlanLimit {
  let windowEnd = 0
  let used = 0
  let pool = burst
  let filledAt = 0

  const refill = (now: number): void => {
    if (now >= windowEnd) {
      windowEnd = now + MINUTE
      used = 0
    }
    if (filledAt > 0) pool = Math.min(burst, pool + ((now - filledAt) / BURST_REFILL_MS) * burst)
    filledAt = now
  }
  const spend = (): boolean => {
    if (used < callsPerMinute) used++
    else if (pool >= 1) pool--
    else return false
    return true
  }
  return {
    callsPerMinute,
    take: (now) => {
      refill(now)
      const isAllowed = spend()
      const headers: Record<string, string> = {
        'x-ratelimit-limit': String(callsPerMinute),
        'x-ratelimit-remaining': String(callsPerMinute - used),
        'x-ratelimit-reset': (windowEnd / 1000).toFixed(3),
        'x-ratelimit-burst-limit': String(burst),
        'x-ratelimit-burst-remaining': String(Math.floor(pool)),
      }
      if (!isAllowed) headers['retry-after'] = String(Math.max(1, Math.ceil((windowEnd - now) / 1000)))
      return { isAllowed, headers }
    },
  }
}
