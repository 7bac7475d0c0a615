import { partitionKey, type TopicPartition } from './port.ts'
import { count } from './telemetry.ts'
import type { ConsumerHealth, Log } from './types.ts'

/** A rebalance longer than this makes a consumer not ready. */
const REBALANCE_LIMIT_MS = 60_000

/** Names for people, without the prefix. */
export interface GapPlace {
  readonly group: string
  readonly topic: string
  readonly partition: number
}

/** What a group member knows of its own state, shared by consume, transform and table. */
export interface GroupHealth {
  joined(partitions: readonly string[]): void
  rebalancing(): void
  lost(partition: string): void
  passed(partition: string, next: bigint): void
  /** The position was set to `next`, which may be backwards. */
  moved(partition: string, next: bigint): void
  /** The next offset to read; undefined while that is not known. */
  position(partition: string): bigint | undefined
  /** True when every owned partition has been read up to the given ends. */
  reached(ends: ReadonlyMap<string, bigint>): boolean
  /** Alerts and counts when a batch begins beyond what was read: its records were gone before they were read. */
  checkGap(from: bigint, tp: TopicPartition, place: GapPlace, log: Log): void
  report(isJoined: boolean, inFlight: number, oldestMs: number): ConsumerHealth
}

export function createGroupHealth(): GroupHealth {
  const read = new Map<string, bigint>()
  let isFirstJoinDone = false
  let rebalancingSince: number | undefined
  return {
    joined(partitions) {
      isFirstJoinDone = true
      rebalancingSince = undefined
      for (const partition of partitions) read.set(partition, -1n)
    },
    rebalancing() {
      rebalancingSince ??= Date.now()
    },
    lost: (partition) => void read.delete(partition),
    passed(partition, next) {
      const known = read.get(partition)
      if (known !== undefined && next > known) read.set(partition, next)
    },
    moved(partition, next) {
      if (read.has(partition)) read.set(partition, next)
    },
    position(partition) {
      const known = read.get(partition) ?? -1n
      return known < 0n ? undefined : known
    },
    reached(ends) {
      return (
        isFirstJoinDone &&
        [...ends].every(([partition, end]) => end === 0n || !read.has(partition) || (read.get(partition) ?? 0n) >= end)
      )
    },
    checkGap(from, tp, place, log) {
      const expected = read.get(partitionKey(tp)) ?? -1n
      if (expected >= 0n && from > expected) alertGap(from - expected, place, log)
    },
    report(isJoined, inFlight, oldestMs) {
      if (isJoined) rebalancingSince = undefined
      const isStuck = rebalancingSince !== undefined && Date.now() - rebalancingSince > REBALANCE_LIMIT_MS
      const detail = !isFirstJoinDone
        ? 'has not joined its group yet'
        : isStuck
          ? 'rebalancing for more than 60 s'
          : `in flight ${inFlight}`
      return { isLive: true, isReady: isFirstJoinDone && !isStuck, inFlight, oldestMs, detail }
    },
  }
}

/** Says loudly that `missed` offsets were removed before the group had read them, and counts them. */
export function alertGap(missed: bigint, place: GapPlace, log: Log): void {
  count.gap(place.topic, place.group, Number(missed))
  log.error({ ...place, missed: Number(missed) }, 'offset gap: records were removed before they were read')
}
