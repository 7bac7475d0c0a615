const { setInterval, performance } = globalThis
const BEAT_MS = 20
/** A beat that comes later than this was held up by the machine, or by what the process itself did. */
const MOST_MS = 50

let had = 0
let last = 0
let beat: NodeJS.Timeout | undefined

/**
 * Milliseconds as this process has had them, from an arbitrary beginning: a stretch in which its event loop did not turn counts for 50 ms at most. An upper bound
 * on a wait that is checked with this clock holds on a machine that gives the process no processor for seconds, where one of the wall clock fails by chance.
 * Not for lower bounds, nor for what keeps the event loop busy itself.
 */
export function ownTime(): number {
  if (beat === undefined) {
    last = performance.now()
    beat = setInterval(take, BEAT_MS).unref()
  }
  take()
  return had
}

function take(): void {
  const now = performance.now()
  had += Math.min(now - last, MOST_MS)
  last = now
}
