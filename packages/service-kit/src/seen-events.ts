/** The events that this process has stored lately, so that reading a time again stores only what is new in it. */
export interface SeenEvents {
  has(identity: string): boolean
  add(identity: string): void
}

/** Enough for a period of a large company; an event that was forgotten is stored again and dropped by dedup. */
const MAX_SEEN = 50_000

export function createSeenEvents(max = MAX_SEEN): SeenEvents {
  const seen = new Set<string>()
  return {
    has(identity) {
      if (!seen.delete(identity)) return false
      // The last that was met is the last to go.
      seen.add(identity)
      return true
    },
    add(identity) {
      seen.add(identity)
      if (seen.size <= max) return
      const [oldest] = seen
      if (oldest !== undefined) seen.delete(oldest)
    },
  }
}
