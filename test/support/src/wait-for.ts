import { setTimeout as sleep } from 'node:timers/promises'

export interface WaitOptions {
  /** What is waited for, as the end of the sentence "gave up waiting for …". */
  readonly what: string
  /** Milliseconds until it gives up. Default 60 000: only a failure waits so long, and a test holds on a slow, busy machine. */
  readonly deadlineMs?: number
  /** Milliseconds between two looks. Default 25. */
  readonly everyMs?: number
  readonly signal?: AbortSignal
}

type Falsy = false | null | undefined | 0 | ''

/**
 * Looks at a fact again and again until it is truthy, and gives it back. An error thrown by the look counts as "not yet" and is named when time is up.
 * @throws Error after `deadlineMs`, with `what`, the time waited and the last thing seen.
 */
export async function waitFor<T>(fact: () => T | Promise<T>, options: WaitOptions): Promise<Exclude<T, Falsy>> {
  const { what, deadlineMs = 60_000, everyMs = 25, signal } = options
  const startedAt = performance.now()
  let seen = 'nothing'
  for (;;) {
    signal?.throwIfAborted()
    try {
      const value = await fact()
      if (value) return value as Exclude<T, Falsy>
      seen = String(value)
    } catch (error) {
      seen = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    }
    const waitedMs = performance.now() - startedAt
    if (waitedMs >= deadlineMs) {
      throw new Error(`gave up waiting for ${what} after ${Math.round(waitedMs)} ms; last seen: ${seen}`)
    }
    await sleep(Math.min(everyMs, deadlineMs - waitedMs), undefined, signal ? { signal } : {})
  }
}
