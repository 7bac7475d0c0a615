import type { Delivery } from '@millrace/schemas'

export type NewDelivery = Pick<
  Delivery,
  'tenant' | 'delivery_id' | 'endpoint_id' | 'event_id' | 'event_type' | 'conversation_id' | 'body'
> &
  Partial<Pick<Delivery, 'about_id'>>

/** A delivery that was not tried yet and waits for nothing. `now`: epoch milliseconds. */
export function newDelivery(given: NewDelivery, now: number): Delivery {
  return {
    about_id: given.conversation_id,
    ...given,
    requested_at: now,
    attempts: 0,
    not_before: 0,
    due_at: 0,
    waiting_for: '',
    first_requested_at: 0,
    run_id: '',
    sequence: 0,
    predecessor_id: null,
    approval: null,
    preview: null,
  }
}
