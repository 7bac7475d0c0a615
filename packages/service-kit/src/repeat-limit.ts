/** What ends a window: how often the same error was held back. */
export type OnRepeats = (key: string, heldBack: number) => void

export interface RepeatLimit {
  /** True when this line is to be written. */
  admit(key: string): boolean
  /** Ends all windows now, so that counts are not lost at shutdown. */
  flush(): void
}

const WINDOW_MS = 10_000
const BURST = 5
/** Keys watched at once; beyond it lines pass unlimited, so that memory stays bounded. */
const MAX_KEYS = 256

/** Lets through five lines of a key in ten seconds and counts the rest: a dependency that is down must not fill the disk. */
export function createRepeatLimit(onRepeats: OnRepeats): RepeatLimit {
  const windows = new Map<string, { count: number; timer: NodeJS.Timeout }>()

  function end(key: string): void {
    const window = windows.get(key)
    if (window === undefined) return
    clearTimeout(window.timer)
    windows.delete(key)
    if (window.count > BURST) onRepeats(key, window.count - BURST)
  }

  return {
    admit(key) {
      const window = windows.get(key)
      if (window !== undefined) return ++window.count <= BURST
      if (windows.size >= MAX_KEYS) return true
      windows.set(key, { count: 1, timer: setTimeout(end, WINDOW_MS, key).unref() })
      return true
    },
    flush() {
      for (const key of [...windows.keys()]) end(key)
    },
  }
}
