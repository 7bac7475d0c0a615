import type { Log } from '@millrace/kafka'
import type { Terminal } from './command.ts'
import { quietLog } from './quiet-log.ts'
import { writeDuration } from './read-duration.ts'

/** Where no terminal shows how long it has been waited for. */
const SAY_AGAIN_MS = 60_000

/**
 * Takes what `patiently` logs: says once an outage that Front does not answer and what to do about it, then how long already: on a terminal in one line
 * that changes, elsewhere once a minute.
 */
export function sayAway({ note, progress }: Pick<Terminal, 'note' | 'progress'>, timeoutMs: number): Log {
  let saidAt = 0
  const warn: Log['warn'] = (fields) => {
    const {
      reason,
      waited_ms: waited,
      wait_ms: wait,
    } = fields as { reason: string; waited_ms: number; wait_ms: number }
    const next = `next try in ${seconds(wait)}`
    if (waited === 0) {
      progress?.('')
      note(
        `Front does not answer (${reason}). It is asked again for up to ${writeDuration(timeoutMs)} (--timeout); ${next}.`,
      )
      note('Ctrl-C is safe: nothing is lost, and the same command goes on later.')
      saidAt = 0
    } else if (progress !== undefined) progress(`no answer for ${seconds(waited)}, ${next}`)
    else if (waited - saidAt >= SAY_AGAIN_MS) {
      saidAt = waited
      note(`Front has not answered for ${seconds(waited)}; ${next}`)
    }
  }
  return { ...quietLog, warn }
}

function seconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 1_000))} s`
}
