import { backoffMs, pauseFor } from './backoff.ts'
import { classify, KafkaError } from './errors.ts'
import { alertGap } from './group-health.ts'
import type { AdminPort, TopicPartition } from './port.ts'
import type { Log } from './types.ts'

export interface GroupStart {
  /** The first offset to read. */
  readonly start: bigint
  /** What the group has committed; `start` when it has committed nothing. */
  readonly committed: bigint
}

export interface GroupStartOptions {
  readonly admin: AdminPort
  /** The group's name on the cluster. */
  readonly group: string
  readonly tp: TopicPartition
  readonly log: Log
  readonly signal: AbortSignal
}

/**
 * Where a new owner of a partition begins: at the committed offset, where the log still has it. kafkajs would begin elsewhere without a
 * word, and commit a reset at once. Asks until it is answered; undefined when `signal` aborted.
 */
export async function findStart({ admin, group, tp, log, signal }: GroupStartOptions): Promise<GroupStart | undefined> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      const committed = (await admin.committed(group, tp.topic)).get(tp.partition)
      const bounds = (await admin.bounds(tp.topic)).get(tp.partition)
      if (bounds === undefined) throw new KafkaError('MR_KAFKA_UNAVAILABLE', 'the partition has no bounds yet')
      if (committed === undefined) return { start: bounds.low, committed: bounds.low }
      return { start: inRange(committed, bounds, { tp, log, group }), committed }
    } catch (error) {
      log.warn({ group, ...tp, code: classify(error).code, attempt }, 'cannot tell yet where to begin')
      await pauseFor(backoffMs(attempt, 100, 5_000), signal)
    }
  }
  return undefined
}

function inRange(
  committed: bigint,
  { low, high }: { readonly low: bigint; readonly high: bigint },
  { tp, log, group }: Pick<GroupStartOptions, 'tp' | 'log' | 'group'>,
): bigint {
  if (committed < low) alertGap(low - committed, tp, log, group)
  else if (committed <= high) return committed
  else
    log.error({ group, ...tp }, 'committed offset beyond the end: the topic was made anew or cut, reading what it has')
  return low
}
