const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A time such as `250ms`, `4s`, `10m`, `24h` or `5d` in milliseconds; undefined when it is none. */
export function readDuration(text: string): number | undefined {
  const found = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text.trim())
  return found === null ? undefined : Number(found[1]) * (units[found[2] ?? ''] ?? 1)
}

/** The shortest form of a time that `readDuration` reads. */
export function writeDuration(ms: number): string {
  const [unit, size] = Object.entries(units).findLast(([, size]) => ms % size === 0 && ms >= size) ?? ['ms', 1]
  return `${ms / size}${unit}`
}
