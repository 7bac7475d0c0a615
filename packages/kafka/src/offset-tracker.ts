/**
 * Which offsets of one partition are unfinished, and up to where may be committed. Only offsets that were received count: compaction and
 * transaction markers leave gaps, and a tracker that counted on would stop at the first one.
 */
export interface OffsetTracker {
  /** False when the offset was taken before. */
  add(offset: bigint): boolean
  finish(offset: bigint): void
  /** Everything below `next` was received or is no record (markers, aborted or compacted ones). Never goes back. */
  pass(next: bigint): void
  /** The next offset to commit: the lowest unfinished one, else `position`. Undefined while nothing was received. */
  committable(): bigint | undefined
  /** The next offset to receive. */
  position(): bigint | undefined
  unfinished(): number
  /** Epoch milliseconds at which the oldest unfinished offset was taken. */
  oldestSince(): number | undefined
}

export function createOffsetTracker(now: () => number = Date.now): OffsetTracker {
  // A Map keeps insertion order and offsets arrive ascending, so its first key is the lowest unfinished offset.
  const pending = new Map<bigint, number>()
  let next: bigint | undefined
  return {
    add(offset) {
      if (next !== undefined && offset < next) return false
      next = offset + 1n
      pending.set(offset, now())
      return true
    },
    finish(offset) {
      pending.delete(offset)
    },
    pass(to) {
      if (next === undefined || to > next) next = to
    },
    committable: () => firstKey(pending) ?? next,
    position: () => next,
    unfinished: () => pending.size,
    oldestSince() {
      const first = firstKey(pending)
      return first === undefined ? undefined : pending.get(first)
    },
  }
}

function firstKey(map: ReadonlyMap<bigint, number>): bigint | undefined {
  for (const key of map.keys()) return key
  return undefined
}
