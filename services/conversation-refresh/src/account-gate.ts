import { type FrontClient, FrontError } from '@millrace/front-client'
import { throttled } from '@millrace/kafka'

/**
 * Holds back calls of an account that Front has throttled: after a 429 nobody of this process calls before its `Retry-After` has passed. One
 * budget over all processes is a later step.
 */
export interface AccountGate {
  /** Milliseconds until the account may call; 0 for now. */
  waitFor(account: string): number
  throttle(account: string, retryAfterMs: number): void
}

/** For a 429 that names no time. */
const FALLBACK_WAIT_MS = 1_000

export function createAccountGate(now: () => number = Date.now): AccountGate {
  const openAt = new Map<string, number>()
  return {
    waitFor: (account) => Math.max(0, (openAt.get(account) ?? 0) - now()),
    throttle(account, retryAfterMs) {
      openAt.set(account, Math.max(openAt.get(account) ?? 0, now() + retryAfterMs))
    },
  }
}

/** The calls that a refresh makes. */
export type ConversationReader = Pick<FrontClient, 'getConversation' | 'listMessages' | 'listComments'>

/** Front answers 429 to any call, so each of them asks the gate anew: a read that has begun stops as well. */
export function gatedReader(reader: ConversationReader, gate: AccountGate, account: string): ConversationReader {
  const gated = async <T>(call: () => Promise<T>): Promise<T> => {
    const wait = gate.waitFor(account)
    if (wait > 0) throw throttled(`account ${account} is throttled by Front`, wait)
    try {
      return await call()
    } catch (error) {
      if (error instanceof FrontError && error.code === 'MR_FRONT_THROTTLED')
        gate.throttle(account, error.retryAfterMs ?? FALLBACK_WAIT_MS)
      throw error
    }
  }
  return {
    getConversation: (id, options) => gated(() => reader.getConversation(id, options)),
    listMessages: (id, options) => gated(() => reader.listMessages(id, options)),
    listComments: (id, options) => gated(() => reader.listComments(id, options)),
  }
}
