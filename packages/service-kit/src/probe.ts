import type { CheckResult } from './checks.ts'

/** Milliseconds for which an answer is good enough. */
const FRESH_MS = 2_000

/**
 * A readiness check that really asks. One question at a time and at most one in two seconds, since a dependency that is away can take long to
 * say so, and whoever polls `/readyz` must not add to its load.
 */
export function createProbe(ask: () => Promise<unknown>): () => Promise<CheckResult> {
  let latest: Promise<CheckResult> | undefined
  let settledAt: number | undefined
  return () => {
    if (latest === undefined || (settledAt !== undefined && performance.now() - settledAt > FRESH_MS)) {
      settledAt = undefined
      latest = ask()
        .then(
          (): CheckResult => true,
          (error: unknown): CheckResult => (error instanceof Error ? error.message : String(error)),
        )
        .finally(() => {
          settledAt = performance.now()
        })
    }
    return latest
  }
}
