/** A member that is not heard of for its session loses its partitions, and answers that came in wait as long. */
const HOLD_MS = 20

/**
 * For work over many records that waits for nothing in between, however long it takes: to be awaited before each of them. It lets the event loop go on once
 * the work has held it for 20 ms.
 */
export function createLoopBreaks(): () => Promise<void> | undefined {
  let since = performance.now()
  const goOn = (resolve: () => void) =>
    setImmediate(() => {
      since = performance.now()
      resolve()
    })
  return () => (performance.now() - since < HOLD_MS ? undefined : new Promise<void>(goOn))
}
