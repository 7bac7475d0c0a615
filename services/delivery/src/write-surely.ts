import { setTimeout as sleep } from 'node:timers/promises'
import { classify } from '@millrace/kafka'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000

/**
 * Repeats a write until Kafka has taken it. What a try came to is known only here, and letting the whole handler run again would post again.
 * @throws the signal's reason when it aborts, and errors that no repetition helps
 */
export async function writeSurely(write: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    try {
      await write()
      return
    } catch (error) {
      signal.throwIfAborted()
      const { kind } = classify(error)
      if (kind !== 'transient' && kind !== 'throttled') throw error
    }
    await sleep(pauseMs, undefined, { signal })
  }
}
