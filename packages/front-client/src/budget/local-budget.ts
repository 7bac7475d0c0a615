import { askBudget, type BudgetLimits, endCall, giveBackCall, newBudgetState } from './model.ts'
import type { BudgetStore, CallOutcome } from './types.ts'

export interface LocalBudgetOptions {
  readonly limits: () => BudgetLimits
  /** Part of the plan that is this process's while nobody else can be asked. */
  readonly share: number
  readonly now?: () => number
}

/**
 * A budget of this process alone, for the time without Redis: a share of the plan, and of what Front says is left of it. It begins with one
 * call, whose answer tells what the others have used.
 */
export function createLocalBudget({ limits, share, now = Date.now }: LocalBudgetOptions): BudgetStore {
  const state = newBudgetState()
  const own = (): BudgetLimits => {
    const { callsPerMinute, leaseMs } = limits()
    return { callsPerMinute: shareOf(callsPerMinute, share), leaseMs }
  }
  return {
    async ask(requests) {
      forgetIdle(state.resources, now())
      return askBudget(state, own(), requests, now())
    },
    done: (call, outcome) => endCall(state, own(), call, ownPart(outcome, share), now()),
    giveBack: (call) => giveBackCall(state, own(), call, now()),
  }
}

function shareOf(calls: number, share: number): number {
  return Math.max(1, Math.floor(calls * share))
}

/** Of the limits that Front told, what is this process's. The burst pool is nobody's. */
function ownPart(outcome: CallOutcome, share: number): CallOutcome {
  const { limits } = outcome
  if (limits === null) return outcome
  const part = (calls: number | null) => (calls === null ? null : Math.floor(calls * share))
  const limit = limits.limit === null ? null : shareOf(limits.limit, share)
  return { ...outcome, limits: { ...limits, limit, remaining: part(limits.remaining), burstRemaining: 0 } }
}

function forgetIdle(
  resources: Map<string, { readonly calls: ReadonlyMap<string, number>; readonly blockedUntil: number }>,
  now: number,
): void {
  for (const [name, { calls, blockedUntil }] of resources) {
    if (blockedUntil <= now && [...calls.values()].every((until) => until <= now)) resources.delete(name)
  }
}
