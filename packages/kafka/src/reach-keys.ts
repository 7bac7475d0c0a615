import { backoffMs, pauseFor } from './backoff.ts'
import { classify } from './errors.ts'
import type { Log } from './types.ts'

/**
 * Looks keys up until that has succeeded; at once true when they are at hand, false once `signal` aborts. True also where it fails for good, which whoever
 * then opens the record meets. Never rejects.
 */
export type ReachKeys = (keys: () => Promise<void> | undefined, signal?: AbortSignal) => Promise<boolean> | true

/** An outage lasts as long as it lasts, and every record in hand meets it. */
const TELL_EVERY_MS = 10_000

export function createReachKeys(log: Log, fields: object): ReachKeys {
  let toldAt = Number.NEGATIVE_INFINITY
  const tell = (code: string, error: unknown) => {
    if (performance.now() - toldAt < TELL_EVERY_MS) return
    toldAt = performance.now()
    log.warn({ ...fields, code, error: (error as Error).message }, 'keys cannot be reached, encrypted records wait')
  }
  const reach = async (first: Promise<void>, keys: () => Promise<void> | undefined, signal?: AbortSignal) => {
    const isOver = () => signal?.aborted === true
    let asked: Promise<void> | undefined = first
    for (let attempt = 1; !isOver(); attempt++) {
      try {
        await asked
        return true
      } catch (error) {
        const { kind, code } = classify(error)
        tell(code, error)
        if (kind !== 'transient') return true
        await pauseFor(backoffMs(attempt, 50, 5_000), signal)
        asked = isOver() ? undefined : keys()
      }
    }
    return false
  }
  return (keys, signal) => {
    const first = keys()
    return first === undefined ? true : reach(first, keys, signal)
  }
}
