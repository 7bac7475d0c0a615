/** A call to the API, in order of arrival. */
export interface SimulatorCall {
  readonly at: number
  readonly path: string
  readonly query: Readonly<Record<string, unknown>>
  /** Null while it is open, or when the connection ended without an answer. */
  status: number | null
}

const KEPT_CALLS = 10_000

/** The last calls, and counts of all. */
export function createCallLog(now: () => number) {
  let kept: SimulatorCall[] = []
  let total = 0
  let byStatus: Record<string, number> = {}
  return {
    begin: (path: string, query: Record<string, unknown>): SimulatorCall => {
      const call: SimulatorCall = { at: now(), path, query, status: null }
      kept.push(call)
      if (kept.length > KEPT_CALLS * 2) kept = kept.slice(-KEPT_CALLS)
      total++
      return call
    },
    end: (call: SimulatorCall, status: number): void => {
      call.status = status
      byStatus[status] = (byStatus[status] ?? 0) + 1
    },
    calls: (path = ''): SimulatorCall[] => kept.slice(-KEPT_CALLS).filter((call) => call.path.includes(path)),
    counts: (): Record<string, number> => {
      const answered = Object.values(byStatus).reduce((sum, count) => sum + count, 0)
      return { ...byStatus, none: total - answered, total }
    },
    clear: (): void => {
      kept = []
      total = 0
      byStatus = {}
    },
  }
}
