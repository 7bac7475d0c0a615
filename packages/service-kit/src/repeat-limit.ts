/** Repeats of one error that were not written. */
export interface HeldBack {
  readonly key: string
  readonly count: number
  /** Those of them that named a source, by source: the first 20 that came. */
  readonly sources: readonly SourceCount[]
}

export interface SourceCount {
  readonly source: string
  readonly count: number
}

export interface RepeatLimit {
  /** True when this line is to be written. */
  admit(key: string, source?: string): boolean
  /** Ends all windows now, so that counts are not lost at shutdown. */
  flush(): void
}

interface Window {
  count: number
  readonly sources: Map<string, number>
  readonly timer: NodeJS.Timeout
}

const WINDOW_MS = 10_000
const BURST = 5
/** Keys watched at once; beyond it lines pass unlimited, so that memory stays bounded. */
const MAX_KEYS = 256
/** Sources counted for a key; those that come later are in its count only. */
const MAX_SOURCES = 20

/**
 * Lets through five lines of a key in ten seconds and counts the rest: a dependency that is down must not fill the disk.
 * @param onRepeats hears at a window's end what was held back in it
 */
export function createRepeatLimit(onRepeats: (heldBack: HeldBack) => void): RepeatLimit {
  const windows = new Map<string, Window>()

  function end(key: string): void {
    const window = windows.get(key)
    if (window === undefined) return
    clearTimeout(window.timer)
    windows.delete(key)
    const sources = Array.from(window.sources, ([source, count]) => ({ source, count }))
    if (window.count > BURST) onRepeats({ key, count: window.count - BURST, sources })
  }

  return {
    admit(key, source) {
      const window = windows.get(key)
      if (window !== undefined) {
        if (++window.count <= BURST) return true
        if (source !== undefined) countSource(window.sources, source)
        return false
      }
      if (windows.size >= MAX_KEYS) return true
      windows.set(key, { count: 1, sources: new Map(), timer: setTimeout(end, WINDOW_MS, key).unref() })
      return true
    },
    flush() {
      for (const key of [...windows.keys()]) end(key)
    },
  }
}

function countSource(sources: Map<string, number>, source: string): void {
  const known = sources.get(source)
  if (known !== undefined || sources.size < MAX_SOURCES) sources.set(source, (known ?? 0) + 1)
}
