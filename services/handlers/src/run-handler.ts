import { AsyncLocalStorage } from 'node:async_hooks'
import { HandlersError } from './errors.ts'
import type { Context } from './make-context.ts'

/** A run of a handler, from its call until it has settled: where it ignores its signal, longer than anybody waits for it. */
export interface Run {
  readonly handler: string
  readonly settled: Promise<void>
  readonly isSettled: () => boolean
}

interface Running {
  readonly handler: string
  fail(error: unknown): void
}

const current = new AsyncLocalStorage<Running>()

/** Calls a handler. What it throws in a promise or a timer that it does not await is its failure too (see `takeStrayError`). */
export function startRun(handler: string, call: (context: Context) => unknown, context: Context): Run {
  const stray = Promise.withResolvers<never>()
  let isSettled = false
  const run = async () => {
    await current.run({ handler, fail: stray.reject }, async () => call(context))
    await context.end()
  }
  const settled = Promise.race([run(), stray.promise])
    .catch((error) => {
      // Aborted in the middle: whatever it makes of that, it was not at its end.
      throw context.signal.aborted ? timedOut(handler, error) : error
    })
    .finally(() => {
      isSettled = true
    })
  // Nobody may be waiting for it any more.
  settled.catch(() => {})
  return { handler, settled, isSettled: () => isSettled }
}

/**
 * Waits for a run until the signal aborts, which says that the time is over or the record has left.
 * @throws whatever the handler throws; HandlersError `MR_HANDLERS_TIMEOUT`
 */
export async function waitForRun(run: Run, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(timedOut(run.handler, signal.reason))
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([run.settled, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function timedOut(handler: string, cause: unknown): HandlersError {
  return new HandlersError('MR_HANDLERS_TIMEOUT', `handler "${handler}" did not end in time`, { cause })
}

/** Takes an error that nobody caught where a handler's code threw it: its run fails, the process goes on. Null: it is nobody's of them. */
export function takeStrayError(error: unknown): string | null {
  const running = current.getStore()
  running?.fail(error)
  return running?.handler ?? null
}

/** Runs code of ours that a handler calls, so that its errors are never taken for the handler's. */
export function outside<T>(act: () => T): T {
  return current.exit(act)
}
