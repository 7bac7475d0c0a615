/** When records were written, by place: enough to tell how old the first unread record of another group is. */
export interface RecordTimes {
  note(partition: number, offset: bigint, timestamp: number): void
  /** Age in milliseconds of the oldest record at or after `committed`, by the partitions that were noted; 0 when none is known. */
  oldestAge(committed: ReadonlyMap<number, bigint>, ends: ReadonlyMap<number, bigint>, now: number): number
}

interface Place {
  readonly offset: bigint
  readonly timestamp: number
}

const STEP_MS = 1_000
/** Two hours of a busy partition; of an older backlog the age is told as at least that. */
const MAX_PLACES = 7_200

export function createRecordTimes(): RecordTimes {
  const partitions = new Map<number, Place[]>()
  const seen = new Map<number, bigint>()
  return {
    note(partition, offset, timestamp) {
      const places = partitions.get(partition) ?? []
      partitions.set(partition, places)
      seen.set(partition, offset)
      const last = places.at(-1)
      // What is read again after a rebalance is known already.
      if (last !== undefined && (offset <= last.offset || timestamp - last.timestamp < STEP_MS)) return
      places.push({ offset, timestamp })
      if (places.length > MAX_PLACES) places.shift()
    },
    oldestAge(committed, ends, now) {
      let oldest = 0
      for (const [partition, places] of partitions) {
        const next = committed.get(partition) ?? 0n
        // What lies beyond what was noted is nobody's to judge: the partition may have gone to another replica.
        if (next >= (ends.get(partition) ?? 0n) || next > (seen.get(partition) ?? -1n)) continue
        // The last place before it: what lies between two places is at most a step younger.
        const before = places.findLast(({ offset }) => offset <= next) ?? places[0]
        if (before !== undefined) oldest = Math.max(oldest, now - before.timestamp)
      }
      return oldest
    },
  }
}
