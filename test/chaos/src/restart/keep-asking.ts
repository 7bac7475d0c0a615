import { setTimeout as sleep } from 'node:timers/promises'

/** Says what happens at the moment, so that failures can be told by it. */
export type During = () => string

/** What became of requests that were made again and again. */
export interface AskingFigures {
  /** Answered as they should be. */
  readonly answered: number
  /** Everything else, by what came instead and what happened meanwhile. */
  readonly failed: Readonly<Record<string, number>>
  readonly slowestMs: number
}

export interface Asking {
  /** Waits for those that are under way. */
  stop(): Promise<AskingFigures>
}

/**
 * Begins a request every `everyMs`, whatever became of those before, and counts.
 * @param ask resolves with null when all is well, else with what was wrong; what it throws is counted by its code
 */
export function keepAsking(everyMs: number, ask: () => Promise<string | null>, during: During = () => ''): Asking {
  const ending = new AbortController()
  const open = new Set<Promise<void>>()
  const failed: Record<string, number> = {}
  let answered = 0
  let slowestMs = 0
  const one = async () => {
    const began = performance.now()
    const problem = await ask()
      .catch((error: Error) => codeOf(error))
      .then((words) => (words === null ? null : `${words} ${during()}`.trimEnd()))
    slowestMs = Math.max(slowestMs, performance.now() - began)
    if (problem === null) answered++
    else failed[problem] = (failed[problem] ?? 0) + 1
  }
  const run = async () => {
    while (!ending.signal.aborted) {
      const asked = one()
      open.add(asked)
      void asked.then(() => open.delete(asked))
      await sleep(everyMs, undefined, { signal: ending.signal }).catch(() => {})
    }
    await Promise.all(open)
  }
  const running = run()
  return {
    async stop() {
      ending.abort()
      await running
      return { answered, failed, slowestMs }
    },
  }
}

function codeOf(error: Error): string {
  const { cause } = error as Error & { readonly cause?: { readonly code?: string } }
  return cause?.code ?? error.message
}
