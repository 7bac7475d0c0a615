import { writeFileSync } from 'node:fs'
import type { PrometheusServer, PromSeries } from '@millrace/test-support'

export interface LastWeek {
  /** Where the samples come from: the healthy minutes. */
  readonly prometheus: Pick<PrometheusServer, 'queryRange'>
  /** Epoch seconds. */
  readonly healthy: { readonly from: number; readonly until: number }
  /** What alerts compare with: names of series. */
  readonly names: readonly string[]
  /** Seconds between then and now. */
  readonly offset: number
  /** Seconds of last week's history that must be there, from a little before `now - offset`. */
  readonly seconds: number
}

const STEP = 5
/** Longest range that an alert looks back from there, with room. */
const BEFORE = 180

/**
 * Writes a history in which last week was as the healthy minutes were: they are repeated, and counters go on counting from one to the next. OpenMetrics
 * text, as `promtool tsdb create-blocks-from openmetrics` reads it.
 */
export async function writeLastWeek(file: string, week: LastWeek): Promise<number> {
  const { prometheus, healthy, names, offset, seconds } = week
  const recorded = (
    await Promise.all(
      names.map((name) => prometheus.queryRange(name, { start: healthy.from, end: healthy.until, step: STEP })),
    )
  ).flat()
  const begin = Math.floor(Date.now() / 1_000) - offset - BEFORE
  const lines = recorded.flatMap((series) => repeated(series, begin, seconds + BEFORE))
  writeFileSync(file, `${lines.join('\n')}\n# EOF\n`)
  return recorded.length
}

/** Samples of one series over and over, as lines. */
function repeated({ labels: { __name__: name = '', ...labels }, points }: PromSeries, begin: number, seconds: number) {
  const told = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`)
  const [[firstAt, first] = [0, 0], [, last] = [0, 0]] = [points[0], points.at(-1)]
  const isCounter = /_(total|bucket|count|sum)$/.test(name)
  const length = (points.at(-1)?.[0] ?? firstAt) - firstAt + STEP
  const lines: string[] = []
  for (let round = 0; round * length < seconds; round++)
    for (const [at, value] of points) {
      const shown = isCounter ? value - first + round * (last - first) : value
      lines.push(`${name}{${told.join(',')}} ${shown} ${begin + round * length + (at - firstAt)}`)
    }
  return lines
}
