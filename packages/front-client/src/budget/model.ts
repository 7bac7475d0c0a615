import { budgetRules, type Lane, laneRules, lanes } from './lanes.ts'
import type { BudgetAnswer, BudgetRequest, BudgetVerdict, CallOutcome, GrantedCall } from './types.ts'

/** Whole numbers only, so that Lua counts the same: a call of the pace is 60 000 units, one of the burst pool 1 200 000, and each ms adds `limit`. */
export const PACE_UNIT = budgetRules.minuteMs
export const BURST_UNIT = 2 * budgetRules.burstRefillMs

export interface BudgetLimits {
  /** Calls a minute as configured. */
  readonly callsPerMinute: number
  /** Milliseconds from a grant after which its call can no longer reach Front, whatever became of the process. */
  readonly leaseMs: number
}

/** What is known of an account's budget. Times are epoch ms. */
export interface BudgetState {
  /** True while the plan's use is not known: at the start, and after a 429 that we did not expect. */
  isUnknown: boolean
  /** Since when anything is known; 0: not at all. */
  bornAt: number
  level: number | null
  levelAt: number
  burst: number
  burstAt: number
  /** From when on the pool pays the next call: it is spent no faster than the plan, else all of it would go at once and nothing follow. */
  burstNextAt: number
  /** The plan's limit as Front told it. */
  told: number | null
  /** Calls left until `reset`, as Front told less what was granted since. */
  left: number
  reset: number
  blockedUntil: number
  readonly wantedUntil: Map<Lane, number>
  readonly grantedAt: Map<Lane, number>
  /** Until when each call counts. One that is under way counts as long as it may yet reach Front, and a minute. */
  readonly plan: Map<string, number>
  readonly bursts: Map<string, number>
  readonly searches: Map<string, number>
  readonly resources: Map<string, { readonly calls: Map<string, number>; blockedUntil: number }>
}

export function newBudgetState(): BudgetState {
  return {
    isUnknown: true,
    bornAt: 0,
    level: null,
    levelAt: 0,
    burst: 0,
    burstAt: 0,
    burstNextAt: 0,
    told: null,
    left: 0,
    reset: 0,
    blockedUntil: 0,
    wantedUntil: new Map(),
    grantedAt: new Map(),
    plan: new Map(),
    bursts: new Map(),
    searches: new Map(),
    resources: new Map(),
  }
}

/** Decides about requests in their order and notes what was granted. The script of `budget-script.ts` does the same in Redis. */
export function askBudget(
  state: BudgetState,
  limits: BudgetLimits,
  requests: readonly BudgetRequest[],
  now: number,
): BudgetAnswer {
  const limit = refill(state, limits, now)
  const verdicts = requests.map((request) => decide(state, limits, limit, request, now))
  const view = {
    limit,
    used: state.plan.size,
    burst: Math.floor(state.burst / BURST_UNIT),
    blockedMs: Math.max(0, state.blockedUntil - now),
  }
  return { view, verdicts }
}

/** Brings everything to `now`; gives the calls a minute that hold. */
function refill(state: BudgetState, limits: BudgetLimits, now: number): number {
  const limit = limitOf(state, limits)
  if (state.bornAt === 0) state.bornAt = now
  const cap = paceCap(limit) * PACE_UNIT
  const grown = state.level === null ? cap : state.level + Math.max(0, now - state.levelAt) * limit
  const burstGrown = state.burst + Math.max(0, now - state.burstAt) * limit
  state.burst = state.burstAt === 0 ? 0 : Math.min(burstCap(limit, limits.leaseMs) * BURST_UNIT, burstGrown)
  state.burstAt = now
  for (const calls of [state.plan, state.bursts, state.searches]) dropEnded(calls, now)
  // What a full minute kept from us is not owed later: else its calls would come in one heap again.
  state.level = Math.min(cap, grown, Math.max(0, leftOf(state, limit, now)) * PACE_UNIT)
  state.levelAt = now
  return limit
}

function limitOf({ told }: BudgetState, { callsPerMinute }: BudgetLimits): number {
  return told === null ? callsPerMinute : Math.max(1, Math.min(callsPerMinute, told))
}

/** Calls that may come at once after a quiet time. */
function paceCap(limit: number): number {
  return Math.max(1, Math.floor(limit / 2))
}

/** Front sees a call up to `leaseMs` after we count it, so its pool refills that much later than ours. */
export function burstCap(limit: number, leaseMs: number): number {
  return Math.floor((limit * (budgetRules.burstRefillMs - leaseMs)) / (2 * budgetRules.burstRefillMs))
}

function leftOf(state: BudgetState, limit: number, now: number): number {
  const own = limit - state.plan.size
  return state.reset > now ? Math.min(own, state.left) : own
}

function decide(
  state: BudgetState,
  limits: BudgetLimits,
  limit: number,
  request: BudgetRequest,
  now: number,
): BudgetVerdict {
  const resource = state.resources.get(request.resource)
  if (resource !== undefined) {
    dropEnded(resource.calls, now)
    if (resource.blockedUntil > now) return { decision: 'resource', waitMs: resource.blockedUntil - now }
    if (resource.calls.size >= budgetRules.perResource)
      return { decision: 'resource', waitMs: earliest(resource.calls) - now }
  }
  // Redis may just have lost its memory, and with it which resources had their calls of this second.
  const untilCounted = state.bornAt + budgetRules.resourceMs - now
  if (untilCounted > 0) return { decision: 'resource', waitMs: untilCounted }
  const searches = Math.max(1, Math.floor((limit * budgetRules.searchPercent) / 100))
  if (request.isSearch && state.searches.size >= searches)
    return { decision: 'search', waitMs: earliest(state.searches) - now }
  const verdict = decideLane(state, limits, limit, request.lane, now)
  if (verdict.waitMs > 0) state.wantedUntil.set(request.lane, now + budgetRules.wantMs)
  else note(state, limits, limit, request, verdict.decision === 'burst', now)
  return verdict
}

function decideLane(
  state: BudgetState,
  { leaseMs }: BudgetLimits,
  limit: number,
  lane: Lane,
  now: number,
): BudgetVerdict {
  if (state.blockedUntil > now) return { decision: 'blocked', waitMs: state.blockedUntil - now }
  if (state.isUnknown && underWay(state, now) > 0) return { decision: 'unknown', waitMs: budgetRules.probeMs }
  const left = leftOf(state, limit, now)
  const level = state.level ?? 0
  const { leaves, leavesBurst } = laneRules[lane]
  const isDue = isLaneDue(state, limit, lane, now)
  const mustYield = lanes.slice(0, lanes.indexOf(lane)).some((above) => isWanted(state, above, now))
  const reserved = lanes.filter(
    (other) => other !== lane && isWanted(state, other, now) && isLaneDue(state, limit, other, now),
  ).length
  const headroom = Math.floor(((paceCap(limit) - 1) * leaves) / 100)
  const needed = isDue ? PACE_UNIT : (1 + reserved + headroom) * PACE_UNIT
  if (left >= 1 && level >= needed && (isDue || !mustYield)) return { decision: 'plan', waitMs: 0 }
  if (left < 1 && leavesBurst !== null && !mustYield) {
    const kept = Math.floor((burstCap(limit, leaseMs) * leavesBurst) / 100)
    if (state.burst >= (1 + kept) * BURST_UNIT) {
      const waitMs = Math.max(0, state.burstNextAt - now)
      return { decision: waitMs === 0 ? 'burst' : 'spent', waitMs }
    }
  }
  return { decision: 'spent', waitMs: waitFor(state, limit, needed, now) }
}

/** A lane is due when its guaranteed share has been kept from it for one call's time. */
function isLaneDue(state: BudgetState, limit: number, lane: Lane, now: number): boolean {
  const { atLeast } = laneRules[lane]
  if (atLeast === 0) return false
  const last = state.grantedAt.get(lane)
  return last === undefined || (now - last) * limit * atLeast >= 100 * budgetRules.minuteMs
}

function isWanted(state: BudgetState, lane: Lane, now: number): boolean {
  return (state.wantedUntil.get(lane) ?? 0) > now
}

/** Calls that may yet reach Front. */
function underWay(state: BudgetState, now: number): number {
  let count = state.bursts.size
  for (const until of state.plan.values()) if (until > now + budgetRules.minuteMs) count++
  return count
}

function waitFor(state: BudgetState, limit: number, needed: number, now: number): number {
  const untilFree = state.plan.size >= limit ? earliest(state.plan) - now : 0
  const untilReset = state.reset > now && state.left < 1 ? state.reset - now : 0
  const untilPaced = Math.ceil((needed - (state.level ?? 0)) / limit)
  return Math.max(untilFree, untilReset, untilPaced, budgetRules.yieldMs)
}

function note(
  state: BudgetState,
  { leaseMs }: BudgetLimits,
  limit: number,
  request: BudgetRequest,
  isBurst: boolean,
  now: number,
) {
  const { minuteMs, resourceMs } = budgetRules
  const over = now + leaseMs
  if (isBurst) {
    state.burst -= BURST_UNIT
    state.burstNextAt =
      Math.max(state.burstNextAt, now - budgetRules.burstSlackMs) + Math.ceil(budgetRules.minuteMs / limit)
    state.bursts.set(request.id, over)
  } else {
    state.level = (state.level ?? 0) - PACE_UNIT
    state.plan.set(request.id, over + minuteMs)
    if (state.reset > now) state.left -= 1
  }
  if (request.isSearch) state.searches.set(request.id, over + minuteMs)
  const resource = state.resources.get(request.resource) ?? { calls: new Map(), blockedUntil: 0 }
  resource.calls.set(request.id, over + resourceMs)
  state.resources.set(request.resource, resource)
  state.grantedAt.set(request.lane, now)
  state.wantedUntil.delete(request.lane)
}

/** Notes that a call is over and what its answer told. */
export function endCall(
  state: BudgetState,
  limits: BudgetLimits,
  { request, via }: GrantedCall,
  outcome: CallOutcome,
  now: number,
): void {
  const { minuteMs, resourceMs } = budgetRules
  refill(state, limits, now)
  if (via === 'burst') state.bursts.delete(request.id)
  else shorten(state.plan, request.id, now + minuteMs)
  if (request.isSearch) shorten(state.searches, request.id, now + minuteMs)
  const resource = state.resources.get(request.resource) ?? { calls: new Map(), blockedUntil: 0 }
  state.resources.set(request.resource, resource)
  shorten(resource.calls, request.id, now + resourceMs)
  learn(state, limits, outcome, now)
  if (outcome.status !== 429) return
  const until = now + (outcome.retryAfterMs ?? 0)
  // With calls left it was a limit of that one route: https://dev.frontapp.com/docs/rate-limiting
  if ((outcome.limits?.remaining ?? 0) > 0) resource.blockedUntil = Math.max(resource.blockedUntil, until)
  else {
    state.blockedUntil = Math.max(state.blockedUntil, until)
    state.isUnknown = true
  }
}

function learn(state: BudgetState, limits: BudgetLimits, { status, limits: told }: CallOutcome, now: number): void {
  // Redis may just have lost its memory: calls of others that are still under way are then in no count, ours or Front's.
  const limit = limitOf(state, limits)
  const unseen = now - state.bornAt < limits.leaseMs ? Math.ceil((limit * budgetRules.unseenPercent) / 100) : 0
  const { remaining = null, burstRemaining = null } = told ?? {}
  const reset = Math.min(told?.resetAt ?? 0, now + budgetRules.maxResetMs)
  if (told?.limit != null && told.limit >= 1) state.told = Math.floor(told.limit)
  if (remaining !== null && reset > now) {
    const left = Math.max(0, Math.floor(remaining) - underWay(state, now) - unseen)
    const isNext = state.reset <= now || reset > state.reset + 1_000
    if (state.isUnknown || isNext) {
      state.left = left
      state.reset = reset
    } else if (reset >= state.reset - 1_000) state.left = Math.min(state.left, left)
  }
  if (burstRemaining !== null) {
    const burst = Math.max(0, Math.floor(burstRemaining) - state.bursts.size - unseen) * BURST_UNIT
    const most = Math.min(burst, burstCap(limitOf(state, limits), limits.leaseMs) * BURST_UNIT)
    state.burst = state.isUnknown ? most : Math.min(state.burst, most)
  }
  if (status !== null && status >= 200 && status < 400) state.isUnknown = false
}

/** Takes back a grant that was not used. */
export function giveBackCall(
  state: BudgetState,
  limits: BudgetLimits,
  { request, via }: GrantedCall,
  now: number,
): void {
  const limit = refill(state, limits, now)
  if (via === 'burst' && state.bursts.delete(request.id)) state.burst += BURST_UNIT
  if (via === 'plan' && state.plan.delete(request.id)) {
    state.level = Math.min(paceCap(limit) * PACE_UNIT, (state.level ?? 0) + PACE_UNIT)
    if (state.reset > now) state.left += 1
  }
  state.searches.delete(request.id)
  state.resources.get(request.resource)?.calls.delete(request.id)
}

function dropEnded(calls: Map<string, number>, now: number): void {
  for (const [id, until] of calls) if (until <= now) calls.delete(id)
}

/** A call counts until `until`, or as long as it did when that is less. One that was not known is added. */
function shorten(calls: Map<string, number>, id: string, until: number): void {
  calls.set(id, Math.min(calls.get(id) ?? until, until))
}

function earliest(calls: ReadonlyMap<string, number>): number {
  return Math.min(...calls.values())
}
