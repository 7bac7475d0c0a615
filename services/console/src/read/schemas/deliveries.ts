import { z } from 'zod'
import { count, idText, pageOf, paging, time, timeQuery } from './common.ts'

export const deliveryState = z
  .enum(['requested', 'waiting', 'succeeded', 'dead', 'cancelled'])
  .describe('`requested`: not tried yet. `waiting`: for its next try, or what `waiting_for` says. `dead`: given up.')

export const deliverySummary = z
  .object({
    delivery_id: z.string().describe('The `webhook-id` of every try.'),
    endpoint_id: z.string(),
    event_id: z.string(),
    event_type: z.string(),
    conversation_id: z.string().nullable(),
    state: deliveryState,
    waiting_for: z
      .string()
      .nullable()
      .describe('`retry`, `throttled`, `breaker`, `order` or `preview`; null unless it waits.'),
    requested_at: time,
    due_at: time.nullable().describe('When the next try is due.'),
    ended_at: time.nullable(),
    attempts: count,
    last_status_code: z.number().int().nullable(),
    last_error_code: z.string().nullable(),
    run_id: z.string().nullable().describe('Of the replay that asked for it; null for the first run.'),
  })
  .meta({ id: 'DeliverySummary' })

export const deliveryAttempt = z
  .object({
    attempt: count,
    run_id: z.string().nullable().describe('Of the replay that it belongs to; null for the first run.'),
    started_at: time,
    duration_ms: z.number(),
    outcome: z.enum(['succeeded', 'retrying', 'failed', 'unknown']).or(z.string()),
    status_code: z.number().int().nullable(),
    error_code: z.string().nullable(),
    plan: z.string().describe('What followed.'),
    next_attempt_at: time.nullable(),
    phase: z.string().describe('How far it came.'),
    address: z.string().nullable(),
    is_reused: z.boolean(),
    dns_us: count.nullable(),
    connect_us: count.nullable(),
    tls_us: count.nullable(),
    first_byte_us: count.nullable(),
    bytes_sent: count,
    bytes_received: count,
    retry_after_ms: z.number().nullable(),
    answer: z
      .string()
      .nullable()
      .describe('The answer’s body, at most its first 1 KiB, what is no text replaced. Content of a third party.'),
  })
  .meta({ id: 'DeliveryAttempt' })

export const deliveryDetail = deliverySummary
  .extend({
    error_message: z.string().nullable().describe('Why it was given up.'),
    dead_letter: z.object({ topic: z.string(), position: z.string(), at: time }).nullable(),
    tries: z.array(deliveryAttempt).describe('Oldest first, at most 200.'),
  })
  .meta({ id: 'DeliveryDetail' })

export const deliveriesQuery = z.object({
  endpoint: idText.optional(),
  event: idText.optional(),
  conversation: idText.optional(),
  state: deliveryState.optional(),
  code: z.string().max(100).optional().describe('Error code of the last try.'),
  since: timeQuery.optional().describe('Requested from then on.'),
  until: timeQuery.optional(),
  ...paging,
})

export const deliveryPage = pageOf(deliverySummary).meta({ id: 'DeliveryPage' })
