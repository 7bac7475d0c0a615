import type { Delivery } from '@millrace/schemas'

/** Headers of a delivery that a replay asked for. */
export const REPLAY_HEADER = 'x-replay-id'
export const RUN_HEADER = 'x-run-id'

/** Names a delivery among its repeats: a replay that keeps the `webhook-id` is another delivery of the same id. */
export function runName({ delivery_id, run_id }: Pick<Delivery, 'delivery_id' | 'run_id'>): string {
  return run_id === '' ? delivery_id : `${delivery_id}/${run_id}`
}
