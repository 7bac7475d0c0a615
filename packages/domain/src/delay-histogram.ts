/** How many events came how late: by the upper bound of their bucket, in milliseconds. */
export type DelayHistogram = ReadonlyMap<number, number>

const FIRST_MS = 50
const GROWTH = 1.25
/** Up to about 7 days; what came later still stands in the last one. */
const BOUNDS = Array.from({ length: 73 }, (_, step) => Math.round(FIRST_MS * GROWTH ** step))

/** The bound of the bucket that a delay (ms) is counted in: at most a quarter above it. A clock that runs behind gives no negative delays. */
export function delayBound(delayMs: number): number {
  return BOUNDS.find((bound) => delayMs <= bound) ?? BOUNDS.at(-1) ?? 0
}

/** The bound below which `percent` of the events came; null for none. */
export function delayPercentile(histogram: DelayHistogram, percent: number): number | null {
  const bounds = [...histogram.keys()].sort((a, b) => a - b)
  const total = bounds.reduce((sum, bound) => sum + (histogram.get(bound) ?? 0), 0)
  let seen = 0
  for (const bound of bounds) {
    seen += histogram.get(bound) ?? 0
    if (seen > 0 && seen >= (total * percent) / 100) return bound
  }
  return null
}
