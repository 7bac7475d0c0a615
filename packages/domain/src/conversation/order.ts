/** A value with what tells it from older and newer ones: the provider's time, then who told it. */
export interface Told<T> {
  /** Epoch milliseconds by the provider's clock. */
  readonly at: number
  /** The id of the event, or `READ`. */
  readonly by: string
  readonly value: T
}

/** Comes after every id: of a read and an event of the same millisecond, the read saw the event. */
export const READ = '~read'

export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Negative when `a` is the older one. Equal in time and teller but not in value: any fixed choice will do, if it does not depend on arrival. */
export function compareTold(a: Told<unknown>, b: Told<unknown>): number {
  return a.at - b.at || compareTexts(a.by, b.by) || compareTexts(JSON.stringify(a.value), JSON.stringify(b.value))
}

export function newestTold<T extends Told<unknown>>(a: T | null, b: T | null): T | null {
  if (a === null || b === null) return a ?? b
  return compareTold(a, b) >= 0 ? a : b
}

/** Joins two lists by key; `pick` chooses of two with equal keys. The order is that of `compare`. */
export function joinByKey<T>(
  a: readonly T[],
  b: readonly T[],
  rule: { key(item: T): string; pick(x: T, y: T): T; compare(x: T, y: T): number },
): T[] {
  const joined = new Map<string, T>()
  for (const item of [...a, ...b]) {
    const key = rule.key(item)
    const known = joined.get(key)
    joined.set(key, known === undefined ? item : rule.pick(known, item))
  }
  return [...joined.values()].sort(rule.compare)
}
