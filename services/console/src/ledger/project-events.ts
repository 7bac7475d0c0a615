import type { EventReplay, KnowledgeExtraction, WebhookEvent } from '@millrace/schemas'
import { countOne, type LedgerRecord, type LedgerRows, noteHop, touch } from './rows.ts'

export const DAY_MS = 86_400_000

/** An event that dedup let through. */
export function projectEvent(rows: LedgerRows, record: LedgerRecord<WebhookEvent>): void {
  const { value, timestamp, partition, offset, subject = null } = record
  if (value === null) return
  const { tenant, event_id, payload, type, reply_to: _, ...kept } = value
  const day = Math.floor(timestamp / DAY_MS)
  rows.events.push({
    ...kept,
    tenant,
    event_id,
    event_type: type,
    status: 'pending',
    payload_bytes: payload.length,
    payload_day: day,
    created_at: timestamp,
    processed_at: null,
    error_message: null,
    events_partition: partition,
    events_offset: Number(offset),
    run_count: 0,
  })
  rows.payloads.push({ day, tenant, event_id, payload, subject })
  rows.changes.push({ tenant, kind: 'event', id: event_id, at: timestamp })
  countOne(rows, tenant, 'event', type, timestamp)
  countOne(rows, tenant, 'source', value.source, timestamp)
}

/** An event that is to be handled once more. */
export function projectReplay(rows: LedgerRows, { value, partition, offset }: LedgerRecord<EventReplay>): void {
  if (value === null) return
  const { tenant, event_id, run_id, replay_id, target_kind, target, keeps_ids, requested_by, replayed_at } = value
  rows.runs.push({
    ...{
      tenant,
      run_id,
      event_id,
      kind: 'replay',
      replay_id,
      target_kind,
      target,
      keeps_ids,
      requested_by,
      replayed_at,
    },
    position_partition: partition,
    position_offset: Number(offset),
  })
  rows.changes.push({ tenant, kind: 'run', id: event_id, at: replayed_at })
}

/** What an event became in the graph. */
export function projectExtraction(rows: LedgerRows, { value, timestamp }: LedgerRecord<KnowledgeExtraction>): void {
  if (value === null) return
  const { reply: _, ...kept } = value
  rows.extractions.push(kept)
  noteHop(rows, kept.tenant, kept.event_id, 'graph_at', timestamp)
  touch(rows, kept.tenant, kept.event_id)
}
