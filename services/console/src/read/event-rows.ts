import type { z } from 'zod'
import type { WebhookEventsTable } from '../db/event-tables.ts'
import type { eventSummary } from './schemas/events.ts'

export type EventSummary = z.infer<typeof eventSummary>

/** What lists show of an event. */
export const summaryColumns = [
  'event_id',
  'event_type',
  'status',
  'priority',
  'origin',
  'provider',
  'source',
  'account',
  'webhook_id',
  'conversation_id',
  'contact_id',
  'client_id',
  'occurred_at',
  'received_at',
  'created_at',
  'processed_at',
  'error_message',
  'run_count',
] as const satisfies readonly (keyof WebhookEventsTable)[]

export type EventRow = Pick<WebhookEventsTable, (typeof summaryColumns)[number]>

export function summaryOf({ event_type: type, created_at: _, ...row }: EventRow): EventSummary {
  return { ...row, type }
}
