import type { Topic } from '@millrace/schemas'
import type { Arrivals } from './arrivals.ts'
import { createOffsetTracker, type OffsetTracker } from './offset-tracker.ts'
import type { TopicPartition } from './port.ts'

/** A partition that a consumer owns. */
export interface Owned extends TopicPartition {
  readonly source: Topic<unknown>
  tracker: OffsetTracker
  readonly abort: AbortController
  /** What the group is known to have committed. */
  committed: bigint | undefined
  /** What stands beside it in the commit. */
  told: string
  /** Set while the next record of the partition is not due for long: it waits in the log. */
  resting: NodeJS.Timeout | undefined
  /** False until it is known where this owner begins. */
  isStarted: boolean
  isPaused: boolean
  /** Where a record must be read before it is taken, what cannot be read yet. */
  arrivals: Arrivals | undefined
  /** Too much of that. */
  isHeldUp: boolean
}

export const mayFlow = (owner: Owned) =>
  owner.isStarted && !owner.isPaused && !owner.isHeldUp && owner.resting === undefined

export function newOwned(tp: TopicPartition, source: Topic<unknown>): Owned {
  return {
    ...tp,
    source,
    tracker: createOffsetTracker(),
    abort: new AbortController(),
    committed: undefined,
    told: '',
    resting: undefined,
    isStarted: false,
    isPaused: false,
    arrivals: undefined,
    isHeldUp: false,
  }
}
