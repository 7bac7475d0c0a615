import { setTimeout as delay } from 'node:timers/promises'

/**
 * Begins something for one after the other, `rate` times a second by the clock, whatever becomes of those before. Resolves when the last has begun.
 * @param begin is told when it was due (`performance.now()`): a time that is measured from there does not hide how late it began
 */
export async function atRate<T>(rate: number, all: Iterable<T>, begin: (one: T, dueAt: number) => void): Promise<void> {
  const begun = performance.now()
  let place = 0
  for (const one of all) {
    const dueAt = begun + (place++ / rate) * 1_000
    const wait = dueAt - performance.now()
    if (wait > 1) await delay(wait)
    begin(one, dueAt)
  }
}
