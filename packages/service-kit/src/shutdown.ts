import { setTimeout as delay } from 'node:timers/promises'
import type { Closers } from './closers.ts'
import type { Logger } from './log.ts'

export interface ShutdownParts {
  readonly log: Logger
  readonly deadlineMs: number
  readonly closers: Closers
  /** Aborted first, so that readiness goes off and loops end. */
  readonly controller: AbortController
  /** Closed after everything else: they tell how the shutdown went. */
  readonly last: readonly (() => Promise<void>)[]
  readonly exit: (code: number) => void
  /** Milliseconds on a clock that never goes back. Default the process's. */
  readonly now?: () => number
}

export interface Shutdown {
  /** Begins an orderly end with exit code 0; asked again a second later, ends at once with 1. */
  readonly stop: (reason: string) => void
  /** Ends at once with exit code 1 after a fatal line. */
  readonly fail: (error: unknown, message: string) => void
}

/** Telemetry gets this long to send what is left, even when nothing else was left of the deadline. */
const LAST_MS = 2_000
/** Ctrl-C reaches every process of a terminal and the launcher passes it on: two signals this close are one wish. */
const ONE_WISH_MS = 1_000

/** The one way out of a service: readiness off, stop intake, drain and commit, release clients, telemetry last, all within a deadline. */
export function createShutdown(parts: ShutdownParts): Shutdown {
  const { log, deadlineMs, closers, controller, last, exit, now = () => performance.now() } = parts
  let stoppingSince: number | undefined

  async function stopInOrder(reason: string): Promise<void> {
    const since = performance.now()
    log.info({ reason, deadline_ms: deadlineMs }, 'stopping')
    controller.abort(new Error(`stopping: ${reason}`))
    const outcome = await Promise.race([closers.closeAll(deadlineMs), delay(deadlineMs, 'late' as const)])
    if (outcome === 'late') log.fatal({ unfinished: closers.unfinished() }, 'not stopped within the deadline')
    else log.info({ took_ms: Math.round(performance.now() - since) }, 'stopped')
    await Promise.race([Promise.allSettled(last.map((close) => close())), delay(LAST_MS)])
    exit(outcome === true ? 0 : 1)
  }

  return {
    stop(reason) {
      if (stoppingSince === undefined) {
        stoppingSince = now()
        void stopInOrder(reason)
      } else if (now() - stoppingSince >= ONE_WISH_MS) {
        log.fatal({ reason, unfinished: closers.unfinished() }, 'told to stop again, ending at once')
        exit(1)
      }
    },
    fail(error, message) {
      log.fatal({ error }, message)
      exit(1)
    },
  }
}
