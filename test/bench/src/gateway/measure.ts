import { percentile } from '@millrace/test-support'
import type { Load, LoadResult, LoadTool } from './load.ts'
import type { ServerUnderTest } from './server-process.ts'

/** What one run of the load tool found about one server. */
export interface Measurement {
  readonly server: string
  /** Requests a second that were offered; null: as many as it takes. */
  readonly offered: number | null
  readonly answered: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  /** CPU milliseconds of the server's processes for one request. */
  readonly cpuMs: number
  /** Cores that the server's processes used. */
  readonly cores: number
  readonly failed: number
  /** Median of how late the load tool itself was; 0 without a rate. */
  readonly toolLateP50: number
  readonly toolBusy: number
  /** Resident megabytes, each half second. */
  readonly rss: readonly number[]
}

const RSS_EVERY_MS = 500

/** Runs the load and measures the server meanwhile; `acknowledged` gets the ids of every 2xx. */
export async function measure(
  tool: LoadTool,
  server: ServerUnderTest,
  load: Omit<Load, 'port'>,
  acknowledged?: (ids: readonly string[]) => void,
): Promise<Measurement> {
  const rss: number[] = []
  const before = server.usage()
  const watch = setInterval(() => rss.push(Math.round(server.usage().rss / 1e6)), RSS_EVERY_MS)
  const result = await tool.run({ ...load, port: server.port })
  clearInterval(watch)
  const cpu = server.usage().cpu - before.cpu
  acknowledged?.(result.ids)
  return { ...timesOf(result), server: server.name, offered: load.rate ?? null, ...costOf(cpu, result), rss }
}

function timesOf({ latencies, lateness, failures, seconds, busy }: LoadResult) {
  const times = [...latencies]
  return {
    answered: times.length,
    perSecond: rounded(times.length / seconds),
    p50: rounded(percentile(times, 50)),
    p99: rounded(percentile(times, 99)),
    p999: rounded(percentile(times, 99.9)),
    failed: Object.values(failures).reduce((sum, count) => sum + count, 0),
    toolLateP50: rounded(percentile([...lateness], 50)),
    toolBusy: rounded(busy),
  }
}

function costOf(cpu: number, { latencies, seconds }: LoadResult) {
  return { cpuMs: rounded((cpu / Math.max(1, latencies.length)) * 1_000, 4), cores: rounded(cpu / seconds) }
}

export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits))
}

/** Of several runs of the same: the median of each figure. */
export function medianOf(runs: readonly Measurement[]): Measurement {
  const [first] = runs
  if (first === undefined) throw new RangeError('a median needs a run')
  const middle = (figure: (run: Measurement) => number) => percentile(runs.map(figure), 50)
  return {
    ...first,
    answered: middle((run) => run.answered),
    perSecond: middle((run) => run.perSecond),
    p50: middle((run) => run.p50),
    p99: middle((run) => run.p99),
    p999: middle((run) => run.p999),
    cpuMs: middle((run) => run.cpuMs),
    cores: middle((run) => run.cores),
    // Not a median: one failure in one run is a failure.
    failed: runs.reduce((sum, run) => sum + run.failed, 0),
    toolLateP50: middle((run) => run.toolLateP50),
    toolBusy: middle((run) => run.toolBusy),
    rss: runs.flatMap((run) => run.rss),
  }
}
