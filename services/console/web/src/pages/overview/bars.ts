import type { Overview } from '../../app/answers.ts'
import type { Series } from '../../ui/stacked-bars.tsx'

type EventFigures = Overview['events']

/** As many as there are colours to tell apart. */
const COLOURS = 6
/** More bars than that are too thin to be seen. */
const MOST_BARS = 96
export const OTHERS = 'other'

export interface Bars {
  /** Minutes that one bar stands for. */
  readonly step: number
  readonly times: readonly number[]
  readonly series: readonly (Series & { readonly total: number })[]
}

/** Counts of minutes as bars: the most frequent types, the rest as one; several minutes a bar where there are many. */
export function barsOf({ minutes, series }: Pick<EventFigures, 'minutes' | 'series'>): Bars {
  const step = Math.max(1, Math.ceil(minutes.length / MOST_BARS))
  return {
    step,
    times: minutes.filter((_, at) => at % step === 0),
    series: fewer(series).map(({ type, total, counts }) => ({ name: type, total, values: inSteps(counts, step) })),
  }
}

function fewer(all: EventFigures['series']): EventFigures['series'] {
  const named = all.filter(({ type }) => type !== OTHERS)
  const shown = all.length <= COLOURS ? named : named.slice(0, COLOURS - 1)
  const rest = all.filter((one) => !shown.includes(one))
  if (rest.length === 0) return shown
  const counts = (rest[0]?.counts ?? []).map((_, at) => rest.reduce((sum, one) => sum + (one.counts[at] ?? 0), 0))
  return [...shown, { type: OTHERS, counts, total: rest.reduce((sum, { total }) => sum + total, 0) }]
}

function inSteps(counts: readonly number[], step: number): number[] {
  const sums: number[] = []
  for (const [at, count] of counts.entries()) {
    const bar = Math.floor(at / step)
    sums[bar] = (sums[bar] ?? 0) + count
  }
  return sums
}
