/**
 * Holds back calls of an account that Front has throttled: after a 429 nobody of this process calls before its `Retry-After` has passed. One
 * budget over all processes is a later step.
 */
export interface AccountGate {
  /** Milliseconds until the account may call; 0 for now. */
  waitFor(account: string): number
  throttle(account: string, retryAfterMs: number): void
}

export function createAccountGate(now: () => number = Date.now): AccountGate {
  const openAt = new Map<string, number>()
  return {
    waitFor: (account) => Math.max(0, (openAt.get(account) ?? 0) - now()),
    throttle(account, retryAfterMs) {
      openAt.set(account, Math.max(openAt.get(account) ?? 0, now() + retryAfterMs))
    },
  }
}
