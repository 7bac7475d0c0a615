import type { RateLimits } from '../rate-limits.ts'
import type { Lane } from './lanes.ts'

/** One HTTP call that wants to be made. */
export interface BudgetRequest {
  /** Unique among all calls of all processes. Begins with its lane and a slash, for whoever shows what the plan went to. */
  readonly id: string
  readonly lane: Lane
  /** What Front counts 5 calls a second of: the id in the path, or the path of a list. */
  readonly resource: string
  /** Searches have 40 % of the plan. */
  readonly isSearch: boolean
}

/** `plan` and `burst`: granted, and from what. Else why not: Front said to wait, the plan's use is not known yet, its limits. */
export type BudgetDecision = 'plan' | 'burst' | 'blocked' | 'unknown' | 'resource' | 'search' | 'spent'

export interface BudgetVerdict {
  readonly decision: BudgetDecision
  /** Milliseconds after which asking again may help; 0 when granted. */
  readonly waitMs: number
}

/** The budget of one account as it was when last asked. */
export interface BudgetView {
  /** Calls a minute that hold: the account's, or the plan's where that is less. */
  readonly limit: number
  /** Calls of the last minute, those under way included. */
  readonly used: number
  /** Whole calls in the burst pool. */
  readonly burst: number
  /** Milliseconds for which Front wants no call. */
  readonly blockedMs: number
}

export interface BudgetAnswer {
  readonly view: BudgetView
  /** One a request, in their order. */
  readonly verdicts: readonly BudgetVerdict[]
}

/** How a granted call ended. */
export interface CallOutcome {
  /** Null when no answer came. */
  readonly status: number | null
  readonly limits: RateLimits | null
  /** Of a 429: how long Front wants no call. */
  readonly retryAfterMs: number | null
}

/** A request that was granted. */
export interface GrantedCall {
  readonly request: BudgetRequest
  readonly via: 'plan' | 'burst'
}

/** What a budget knows, held in one place for all who ask. None of it rejects. */
export interface BudgetStore {
  ask(requests: readonly BudgetRequest[]): Promise<BudgetAnswer>
  /** The call is over; from now on it counts for one more minute. */
  done(call: GrantedCall, outcome: CallOutcome): void
  /** The call is not made after all. */
  giveBack(call: GrantedCall): void
}
