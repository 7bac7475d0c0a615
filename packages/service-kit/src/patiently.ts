import { setTimeout as delay } from 'node:timers/promises'
import { FrontError, waitOf } from '@millrace/front-client'
import type { Log } from '@millrace/kafka'

export interface PatientOptions {
  readonly log: Log
  /** For the log. */
  readonly account: string
  readonly signal: AbortSignal
  /** Milliseconds without an answer of Front after which it throws what Front failed with; waits for the budget do not count. Default: never. */
  readonly giveUpAfterMs?: number | undefined
}

const FIRST_WAIT_MS = 1_000
const MAX_WAIT_MS = 30_000

/** True when Front refuses the token or its scopes: a person has to change that. */
export function isRefusal(error: unknown): boolean {
  return error instanceof FrontError && (error.code === 'MR_FRONT_UNAUTHORIZED' || error.code === 'MR_FRONT_FORBIDDEN')
}

/**
 * Makes a call of the Front API until it is answered: a wait that Front or the budget asks for is kept, an outage is waited for with growing pauses.
 * Each wait for Front is told to `log.warn`, with `waited_ms`, how long it has not answered, and `wait_ms` up to the next try.
 * @throws FrontError that no waiting changes, refusals among them, and the last one when it gives up; the reason of `signal` when that aborts
 */
export async function patiently<T>(
  call: () => Promise<T>,
  { log, account, signal, giveUpAfterMs = Number.POSITIVE_INFINITY }: PatientOptions,
): Promise<T> {
  let awaySince: number | undefined
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof FrontError) || isRefusal(error)) throw error
      const wait = waitOf(error) ?? (error.retryable ? Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)) : null)
      if (wait === null) throw error
      // The budget's turns are no news; that Front refuses or is away is.
      const isBudget = error.code === 'MR_FRONT_BUDGET_SPENT' || error.code === 'MR_FRONT_BUDGET_FULL'
      const say = isBudget ? log.debug : log.warn
      if (!isBudget) awaySince ??= performance.now()
      const waited = awaySince === undefined ? 0 : Math.round(performance.now() - awaySince)
      if (!isBudget && waited + wait > giveUpAfterMs) throw error
      say.call(
        log,
        { account, code: error.code, reason: error.message, waited_ms: waited, wait_ms: wait, attempt },
        'Front is not read yet',
      )
      await delay(wait, undefined, { signal })
    }
  }
}
