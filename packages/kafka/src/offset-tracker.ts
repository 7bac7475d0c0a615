import type { Progress } from './progress.ts'

/**
 * Which offsets of one partition are unfinished, and up to where may be committed. Only offsets that were received count: compaction and
 * transaction markers leave gaps, and a tracker that counted on would stop at the first one.
 */
export interface OffsetTracker {
  /** False when the offset was taken before, or finished by an owner before. `writtenAt`: when its record was written, epoch milliseconds. */
  add(offset: bigint, writtenAt?: number): boolean
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
  /** Epoch milliseconds at which the record of the oldest unfinished offset was written. */
  oldestWrittenAt(): number | undefined
  /** What is finished beyond `committable`, with what was handed down by the owner before and not received again yet. */
  progress(): Progress | undefined
}

/** `handedDown`: what the owner before had finished. */
export function createOffsetTracker(now: () => number = Date.now, handedDown?: Progress): OffsetTracker {
  // A Map keeps insertion order and offsets arrive ascending, so its first key is the lowest unfinished offset.
  const pending = new Map<bigint, { readonly takenAt: number; readonly writtenAt: number | undefined }>()
  const open = new Set(handedDown?.unfinished)
  let next: bigint | undefined
  const isDoneBefore = (offset: bigint) =>
    handedDown !== undefined && offset >= handedDown.committed && offset < handedDown.position && !open.has(offset)
  const committable = () => firstKey(pending) ?? next
  return {
    add(offset, writtenAt) {
      if (next !== undefined && offset < next) return false
      next = offset + 1n
      if (isDoneBefore(offset)) return false
      open.delete(offset)
      pending.set(offset, { takenAt: now(), writtenAt })
      return true
    },
    finish(offset) {
      pending.delete(offset)
    },
    pass(to) {
      if (next === undefined || to > next) next = to
    },
    committable,
    position: () => next,
    unfinished: () => pending.size,
    oldestSince: () => firstValue(pending)?.takenAt,
    oldestWrittenAt: () => firstValue(pending)?.writtenAt,
    progress() {
      const committed = committable()
      if (committed === undefined || next === undefined) return undefined
      const received = next
      if (handedDown === undefined || received >= handedDown.position)
        return { committed, position: received, unfinished: [...pending.keys()] }
      const ahead = handedDown.unfinished.filter((offset) => offset >= received)
      return { committed, position: handedDown.position, unfinished: [...pending.keys(), ...ahead] }
    },
  }
}

function firstKey(map: ReadonlyMap<bigint, unknown>): bigint | undefined {
  for (const key of map.keys()) return key
  return undefined
}

function firstValue<T>(map: ReadonlyMap<bigint, T>): T | undefined {
  for (const value of map.values()) return value
  return undefined
}
