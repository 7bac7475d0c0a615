import { percentile } from '@millrace/test-support'
import type { Measured } from './measured-system.ts'

/** Both ways of a figure, by their rounds. */
export interface Compared {
  readonly plain: number
  readonly encrypting: number
  /** What encryption adds to the median, percent; negative where it came out lower. */
  readonly added: number
  /** Lowest and highest that a single pair of rounds adds, percent. */
  readonly lowest: number
  readonly highest: number
}

export type Rounds = Readonly<Record<'plain' | 'encrypting', readonly Measured[]>>

/** Medians over the rounds, and what single pairs say: how far the figure can be trusted. */
export function compare({ plain, encrypting }: Rounds, of: (one: Measured) => number): Compared {
  const [before, after] = [plain.map(of), encrypting.map(of)]
  const pairs = before.map((value, round) => ((after[round] ?? Number.NaN) / value - 1) * 100)
  const medians = { plain: median(before), encrypting: median(after) }
  const added = (medians.encrypting / medians.plain - 1) * 100
  return { ...medians, added, lowest: Math.min(...pairs), highest: Math.max(...pairs) }
}

/** `120 (98 to 131)`: the median, and the lowest and highest round. */
export function spread(values: readonly number[], digits = 0): string {
  const [lowest, middle, highest] = [Math.min(...values), median(values), Math.max(...values)]
  return `${middle.toFixed(digits)} (${lowest.toFixed(digits)} to ${highest.toFixed(digits)})`
}

/** Between the two in the middle where there are two. */
export function median(values: readonly number[]): number {
  const negated = values.map((value) => -value)
  return (percentile(values, 50) - percentile(negated, 50)) / 2
}
