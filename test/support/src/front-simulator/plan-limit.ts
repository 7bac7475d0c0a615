/** Front's limits on a whole company: calls a minute of the plan, a burst pool on top, and 5 calls a second of one costly resource. */
export interface PlanLimit {
  readonly callsPerMinute: number
  /** Judges a call. One that is refused costs nothing. `resource`: what a costly route is about. */
  take(now: number, call?: { readonly resource?: string | undefined; readonly isSearch?: boolean }): Verdict
  counts(): BudgetCounts
}

export interface Verdict {
  readonly isAllowed: boolean
  readonly headers: Record<string, string>
  /** What the 429 says. */
  readonly message: string
}

/** The simulator's own count of what the plan was asked for. */
export interface BudgetCounts {
  readonly callsPerMinute: number
  readonly passed: number
  /** Answered with 429: the plan's minute and the burst pool were spent; or one resource was asked too often. */
  readonly refusedByPlan: number
  readonly refusedByTier: number
  /** Most calls let pass in any 60 s. */
  readonly mostInAMinute: number
  /** Calls that the burst pool paid. */
  readonly paidByBurst: number
}

export interface PlanLimitOptions {
  /** Default: half of the calls a minute. */
  readonly burst?: number
  /** What is in the pool at first. Default: all of it. */
  readonly burstAtFirst?: number
}

const MINUTE = 60_000
const BURST_REFILL_MS = 600_000
const RESOURCE_PER_SECOND = 5
const SEARCH_PART = 0.4

/** @see https://dev.frontapp.com/docs/rate-limiting */
export function createPlanLimit(callsPerMinute: number, options: PlanLimitOptions = {}): PlanLimit {
  const burst = options.burst ?? Math.floor(callsPerMinute / 2)
  const resources = createResourceLimit()
  const counts = { passed: 0, refusedByPlan: 0, refusedByTier: 0, mostInAMinute: 0, paidByBurst: 0 }
  let lastMinute: number[] = []
  let windowEnd = 0
  let used = 0
  let searched = 0
  let pool = options.burstAtFirst ?? burst
  let filledAt: number | undefined

  const refill = (now: number): void => {
    if (now >= windowEnd) {
      windowEnd = now + MINUTE
      used = 0
      searched = 0
    }
    if (filledAt !== undefined) pool = Math.min(burst, pool + ((now - filledAt) / BURST_REFILL_MS) * burst)
    filledAt = now
  }
  const spend = (): boolean => {
    if (used < callsPerMinute) used++
    else if (pool >= 1) {
      pool--
      counts.paidByBurst++
    } else return false
    return true
  }
  const count = (now: number): void => {
    counts.passed++
    lastMinute.push(now)
    lastMinute = lastMinute.filter((at) => at > now - MINUTE)
    counts.mostInAMinute = Math.max(counts.mostInAMinute, lastMinute.length)
  }
  const headers = (): Record<string, string> => ({
    'x-ratelimit-limit': String(callsPerMinute),
    'x-ratelimit-remaining': String(callsPerMinute - used),
    'x-ratelimit-reset': (windowEnd / 1000).toFixed(3),
    'x-ratelimit-burst-limit': String(burst),
    'x-ratelimit-burst-remaining': String(Math.floor(pool)),
  })
  const refuse = (waitMs: number, message: string, tier?: string): Verdict => ({
    isAllowed: false,
    headers: {
      ...headers(),
      'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))),
      ...(tier && { 'x-front-tier': tier }),
    },
    message,
  })
  return {
    callsPerMinute,
    take: (now, { resource, isSearch = false } = {}) => {
      refill(now)
      const waitMs = resource === undefined ? 0 : resources.waitMs(resource, now)
      if (waitMs > 0) {
        counts.refusedByTier++
        return refuse(
          waitMs,
          `Rate limit exceeded for tier-2 route. Please retry in ${Math.ceil(waitMs)} milliseconds.`,
          '2',
        )
      }
      const isSearchSpent = isSearch && searched >= Math.floor(callsPerMinute * SEARCH_PART)
      if (isSearchSpent || !spend()) {
        counts.refusedByPlan++
        return refuse(windowEnd - now, 'Rate limit exceeded')
      }
      if (isSearch) searched++
      if (resource !== undefined) resources.count(resource, now)
      count(now)
      return {
        isAllowed: true,
        headers: { ...headers(), ...(resource !== undefined && { 'x-front-tier': '2' }) },
        message: '',
      }
    },
    counts: () => ({ callsPerMinute, ...counts }),
  }
}

function createResourceLimit() {
  const passed = new Map<string, number[]>()
  const ofLastSecond = (resource: string, now: number): number[] =>
    (passed.get(resource) ?? []).filter((at) => at > now - 1_000)
  return {
    /** Milliseconds until a call passes; 0: now. */
    waitMs: (resource: string, now: number): number => {
      const recent = ofLastSecond(resource, now)
      return recent.length < RESOURCE_PER_SECOND ? 0 : Math.max(1, (recent[0] ?? now) + 1_000 - now)
    },
    count: (resource: string, now: number): void => {
      passed.set(resource, [...ofLastSecond(resource, now), now])
      if (passed.size > 10_000)
        for (const key of passed.keys()) if (ofLastSecond(key, now).length === 0) passed.delete(key)
    },
  }
}
