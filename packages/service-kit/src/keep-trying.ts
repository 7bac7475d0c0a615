import { setTimeout as delay } from 'node:timers/promises'
import type { Checks } from './checks.ts'
import type { Logger } from './log.ts'

export interface KeepTryingOptions<T> {
  readonly name: string
  readonly action: () => Promise<T>
  readonly log: Logger
  readonly signal: AbortSignal
  readonly checks: Checks
  /** First wait in milliseconds; doubles up to 5 s. Default 200. */
  readonly firstWaitMs?: number
}

const MAX_WAIT_MS = 5_000

/** See `ServiceContext.keepTrying`. */
export async function keepTrying<T>(options: KeepTryingOptions<T>): Promise<T> {
  const { name, action, log, signal, checks } = options
  let reason: string | undefined = 'not tried yet'
  checks.add({ name, ready: () => reason === undefined || reason })
  for (let waitMs = options.firstWaitMs ?? 200; ; waitMs = Math.min(MAX_WAIT_MS, waitMs * 2)) {
    signal.throwIfAborted()
    try {
      const result = await action()
      reason = undefined
      return result
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error)
      log.warn({ part: name, reason, next_try_ms: waitMs }, 'not possible yet, trying again')
    }
    await delay(waitMs, undefined, { signal })
  }
}
