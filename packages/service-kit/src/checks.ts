/** True: fine. False: not fine. A text: not fine, for this reason. */
export type CheckResult = boolean | string

/**
 * One part of a service's health. `live` false means that only a restart helps; `ready` false that the service cannot do its work now.
 * Each is asked at every request to the admin server and has 800 ms to answer.
 */
export interface Check {
  readonly name: string
  readonly live?: () => CheckResult
  readonly ready?: () => CheckResult | Promise<CheckResult>
  /** True: shown, but the service counts as ready without it. */
  readonly isOptional?: boolean
}

export interface CheckReport {
  readonly ok: boolean
  readonly checks: Readonly<
    Record<string, { readonly ok: boolean; readonly reason?: string; readonly optional?: true }>
  >
}

export interface Checks {
  add(check: Check): void
  live(): Promise<CheckReport>
  ready(): Promise<CheckReport>
}

/** Below the second that Kubernetes gives a probe by default. */
const TIMEOUT_MS = 800

export function createChecks(): Checks {
  const checks: Check[] = []
  return {
    add: (check) => void checks.push(check),
    live: () => report(checks, 'live'),
    ready: () => report(checks, 'ready'),
  }
}

async function report(checks: readonly Check[], which: 'live' | 'ready'): Promise<CheckReport> {
  const asked = checks.filter((check) => check[which] !== undefined)
  const entries = await Promise.all(
    asked.map(async (check) => {
      const result = await ask(check[which])
      const reason = typeof result === 'string' ? { reason: result } : {}
      return [
        check.name,
        { ok: result === true, ...reason, ...(check.isOptional ? { optional: true as const } : {}) },
      ] as const
    }),
  )
  return { ok: entries.every(([, { ok, optional }]) => ok || optional), checks: Object.fromEntries(entries) }
}

async function ask(question: Check['ready']): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined
  try {
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, TIMEOUT_MS, `no answer within ${TIMEOUT_MS} ms`)
    })
    return await Promise.race([question?.() ?? true, late])
  } catch (error) {
    return error instanceof Error ? error.message : 'failed'
  } finally {
    clearTimeout(timer)
  }
}
