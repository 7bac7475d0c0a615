import type { Redis } from 'ioredis'
import { createLocalBudget } from './local-budget.ts'
import type { BudgetLimits } from './model.ts'
import { createRedisBudget } from './redis-budget.ts'
import type { BudgetStore, CallOutcome, GrantedCall } from './types.ts'

export interface SharedBudgetOptions {
  readonly redis: Pick<Redis, 'evalsha' | 'eval'>
  readonly key: string
  readonly limits: () => BudgetLimits
  /** Part of the plan that a process takes while Redis is away. Default 0.1: ten processes together stay within the plan. */
  readonly localShare?: number
  /** Told when the budget goes on without Redis, and when Redis is back. */
  readonly onShared?: (isShared: boolean, error?: unknown) => void
  readonly now?: () => number
}

interface Untold {
  readonly call: GrantedCall
  readonly outcome: CallOutcome
  readonly at: number
}

/** As long as a call may matter to others. */
const UNTOLD_MS = 60_000
const MAX_UNTOLD = 1_000
const DEFAULT_SHARE = 0.1

/**
 * The budget in Redis, and while that is away a share of this process alone. What was called meanwhile is told to Redis when it is back, before
 * anything is asked of it.
 */
export function createSharedBudget(options: SharedBudgetOptions): BudgetStore {
  const { redis, key, limits, localShare = DEFAULT_SHARE, onShared, now = Date.now } = options
  const shared = createRedisBudget({ redis, key, limits })
  const local = createLocalBudget({ limits, share: localShare, now })
  const localIds = new Set<string>()
  let untold: Untold[] = []
  let isShared = true

  const turnTo = (next: boolean, error?: unknown) => {
    if (next === isShared) return
    isShared = next
    onShared?.(next, error)
  }
  const remember = (call: GrantedCall, outcome: CallOutcome) => {
    untold = [...untold.slice(1 - MAX_UNTOLD), { call, outcome, at: now() }]
  }
  const tell = async () => {
    while (untold.length > 0) {
      const [first] = untold
      if (first !== undefined && now() - first.at < UNTOLD_MS) await shared.done(first.call, first.outcome)
      untold = untold.filter((each) => each !== first)
    }
  }

  return {
    async ask(requests) {
      try {
        await tell()
        const answer = await shared.ask(requests)
        turnTo(true)
        return answer
      } catch (error) {
        turnTo(false, error)
        const answer = await local.ask(requests)
        for (const [place, { waitMs }] of answer.verdicts.entries()) {
          const id = requests[place]?.id
          if (waitMs === 0 && id !== undefined) localIds.add(id)
        }
        return answer
      }
    },
    done(call, outcome) {
      if (localIds.delete(call.request.id)) {
        local.done(call, outcome)
        remember(call, outcome)
      } else shared.done(call, outcome).catch(() => remember(call, outcome))
    },
    giveBack(call) {
      if (localIds.delete(call.request.id)) local.giveBack(call)
      // Its lease ends by itself.
      else shared.giveBack(call).catch(() => {})
    },
  }
}
