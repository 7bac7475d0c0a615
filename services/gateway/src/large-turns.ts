import { setTimeout as sleep } from 'node:timers/promises'

/** Work on a smaller body is over before anybody notices. */
const LARGE_BYTES = 131_072

/** Lets a body's work begin; undefined when it may at once. */
export type LargeTurns = (bytes: number) => Promise<void> | undefined

/**
 * Checking and reading a megabyte takes the event loop for milliseconds, and many of them at once would hold all others up. So large bodies go one
 * at a time, and after each as much time belongs to the others as it took. Those that wait are bounded by the memory set aside for bodies.
 */
export function createLargeTurns(): LargeTurns {
  let tail: Promise<void> = Promise.resolve()
  const over = async () => {
    const since = performance.now()
    // Whoever has the turn works in the microtasks that come first.
    await new Promise(setImmediate)
    await sleep(performance.now() - since)
  }
  return (bytes) => {
    if (bytes <= LARGE_BYTES) return undefined
    const turn = tail
    tail = turn.then(over)
    return turn
  }
}
