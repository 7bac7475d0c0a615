import { throttled } from '@millrace/kafka'
import type { Delivery } from '@millrace/schemas'
import type { Settled } from './settled.ts'

/** Until when a delivery waits for the one before it; undefined when it may be sent. */
export interface PredecessorWait {
  readonly dueAt: number
}

const IN_HAND_MS = 2_000
const LOOK_AGAIN_MS = 1_000
/** Looks; after so many an unknown predecessor may also be one that Redis forgot. */
const TOO_LONG_IN_MEMORY = 8
const REST_MS = 4_000
const NOWHERE_MS = 900_000
/** After the predecessor's own time. */
const BEHIND_MS = 200

/**
 * Whether the delivery before this one in its conversation is delivered, dead or cancelled. Only later ones of the same conversation are held back by
 * one that is not.
 * @throws KafkaError `MR_KAFKA_THROTTLED` when it is to be asked again soon, `MR_KAFKA_TRANSIENT` when Redis does not answer
 */
export async function awaitPredecessor(
  settled: Settled,
  { tenant, predecessor_id, requested_at }: Pick<Delivery, 'tenant' | 'predecessor_id' | 'requested_at'>,
  { attempt, now }: { readonly attempt: number; readonly now: () => number },
): Promise<PredecessorWait | undefined> {
  if (predecessor_id === null) return undefined
  const standing = await settled.ask(tenant, predecessor_id)
  if (standing.kind === 'settled') return undefined
  if (standing.kind === 'waits' && standing.dueAt > now() + IN_HAND_MS) return { dueAt: standing.dueAt + BEHIND_MS }
  // A long conversation leaves memory while its first one is at it.
  if (attempt >= TOO_LONG_IN_MEMORY) {
    if (standing.kind === 'unknown') {
      await settled.readBack()
      // Every owner of the partition has met it long since, if it was ever requested.
      const isNowhere =
        now() - requested_at > NOWHERE_MS && (await settled.ask(tenant, predecessor_id)).kind === 'unknown'
      if (isNowhere) return undefined
    }
    return { dueAt: now() + REST_MS }
  }
  if (standing.kind === 'in-hand') {
    await settled.letGo(predecessor_id, IN_HAND_MS)
    throw throttled(`waits for ${predecessor_id}`, 1)
  }
  throw throttled(`waits for ${predecessor_id}`, LOOK_AGAIN_MS)
}
