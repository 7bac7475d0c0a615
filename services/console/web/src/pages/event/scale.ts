/** Where a moment stands on the time axis of a waterfall. */
export interface Scale {
  readonly kind: 'even' | 'stretched'
  /** Milliseconds from the axis's beginning to its end. */
  readonly total: number
  /** Share of the axis, 0 to 1, for milliseconds after its beginning. */
  readonly place: (ms: number) => number
  readonly ticks: readonly number[]
}

/** A stretched axis shows differences from this on. */
const FINEST_MS = 10
const LEAST_TICKS = 3
/** Beyond this share of the axis its figure would be cut off. */
const LAST_TICK = 0.86

const steps: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
  3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000,
]
const decades: readonly number[] = [
  0, 10, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000, 86_400_000, 864_000_000,
]

/** An even axis unless it would press the first half of the spans into its first twentieth: retries wait hours, hops take milliseconds. */
export function chooseKind(offsets: readonly number[], total: number): Scale['kind'] {
  const sorted = offsets.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0
  return total > 1_000 && middle < total / 20 ? 'stretched' : 'even'
}

export function makeScale(kind: Scale['kind'], total: number): Scale {
  const span = Math.max(total, 1)
  if (kind === 'even') return { kind, total: span, place: (ms) => clamp(ms / span), ticks: evenTicks(span) }
  const whole = Math.log1p(span / FINEST_MS)
  const place = (ms: number) => clamp(Math.log1p(Math.max(0, ms) / FINEST_MS) / whole)
  return { kind, total: span, place, ticks: decades.filter((at) => place(at) < LAST_TICK) }
}

function evenTicks(span: number): number[] {
  const step = steps.findLast((one) => span / one >= LEAST_TICKS) ?? steps[0] ?? 1
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, at) => at * step).filter((at) => at / span < LAST_TICK)
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share))
}
