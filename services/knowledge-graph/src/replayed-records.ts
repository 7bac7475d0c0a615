import { isReplay, replayedFor } from '@millrace/domain'
import type { InRecord, TransformBatch } from '@millrace/kafka'
import { type EventReplay, type Topic, topics, type WebhookEvent } from '@millrace/schemas'

export const EXTRACT_GROUP = 'knowledge-extract'

/** What the group reads; values are told apart by their fields. */
export type Extractable = WebhookEvent | EventReplay
export const extractSources = [topics.events, topics.replays] as unknown as readonly Topic<Extractable>[]

/** Records as those of events; replays that are for others become records without a value, which nobody extracts. */
export function asEvents(records: readonly InRecord<Extractable>[]): InRecord<WebhookEvent>[] {
  return records.map((record) => ({ ...record, value: eventIn(record.value) }))
}

/** The same of a batch. */
export function asEventBatch(batch: TransformBatch<Extractable>): TransformBatch<WebhookEvent> {
  return { ...batch, records: asEvents(batch.records) }
}

function eventIn(value: Extractable | null): WebhookEvent | null {
  if (value === null || !isReplay(value)) return value
  return replayedFor(value, EXTRACT_GROUP) ?? null
}
