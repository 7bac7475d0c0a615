import { backoffMs, pauseFor } from './backoff.ts'
import { KafkaError } from './errors.ts'
import { alertGap, type GapPlace } from './group-health.ts'
import type { AdminPort, TopicPartition } from './port.ts'
import { decodeProgress, type Progress } from './progress.ts'
import type { Log } from './types.ts'

export interface GroupStart {
  /** The first offset to read. */
  readonly start: bigint
  /** What the group has committed; `start` when it has committed nothing. */
  readonly committed: bigint
  /** What the owner before had finished beyond it. */
  readonly handedDown?: Progress
}

export interface GroupStartOptions {
  readonly admin: AdminPort
  /** The group's name on the cluster. */
  readonly group: string
  readonly tp: TopicPartition
  readonly place: GapPlace
  readonly log: Log
  readonly signal: AbortSignal
}

/**
 * Where a new owner of a partition begins: at the committed offset, where the log still has it. kafkajs would begin elsewhere without a
 * word, and commit a reset at once. Asks until it is answered; undefined when `signal` aborted.
 */
export async function findStart({
  admin,
  group,
  tp,
  place,
  log,
  signal,
}: GroupStartOptions): Promise<GroupStart | undefined> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      const commit = (await admin.commits(group, tp.topic)).get(tp.partition)
      const bounds = (await admin.bounds(tp.topic)).get(tp.partition)
      if (bounds === undefined) throw new KafkaError('MR_KAFKA_UNAVAILABLE', 'the partition has no bounds yet')
      if (commit === undefined) return { start: bounds.low, committed: bounds.low }
      const start = inRange(commit.next, bounds, place, log)
      const handedDown = decodeProgress(commit.next, commit.metadata)
      // A log that was cut or made anew gives its offsets to other records.
      const isHeld = handedDown !== undefined && start === commit.next && handedDown.position <= bounds.high
      return { start, committed: commit.next, ...(isHeld && { handedDown }) }
    } catch (error) {
      log.warn({ ...place, error: (error as Error).message, attempt }, 'cannot tell yet where to begin')
      await pauseFor(backoffMs(attempt, 100, 5_000), signal)
    }
  }
  return undefined
}

function inRange(
  committed: bigint,
  { low, high }: { readonly low: bigint; readonly high: bigint },
  place: GapPlace,
  log: Log,
): bigint {
  if (committed < low) alertGap(low - committed, place, log)
  else if (committed <= high) return committed
  else log.error(place, 'committed offset beyond the end: the topic was made anew or cut, reading what it has')
  return low
}
