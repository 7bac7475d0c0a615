import type { RawRecord } from '@millrace/kafka'
import type { Delivery, Topic } from '@millrace/schemas'
import { noteDelivery } from './project-deliveries.ts'
import { partsOfKey } from './project-state.ts'
import { countOne, type LedgerRows, touch } from './rows.ts'

/** On the record without a value by which a dead letter is marked as put back: where that dead letter is. */
const REDRIVEN_HEADER = 'x-redriven-from'
/** Readers of the ledger need a reason, not every line of it. */
const MAX_STACK = 4_000

export interface DeadSource {
  readonly source: Topic<unknown>
  readonly group: string
  /** What the record tells of, where it can be decoded. */
  readonly subject: (record: RawRecord) => DeadSubject
}

export interface DeadSubject {
  readonly event_id?: string | undefined
  readonly delivery?: Delivery | undefined
}

/** A record that a group gave up on, or the mark that one was put back. */
export function projectDeadLetter(rows: LedgerRows, record: RawRecord, { source, group, subject }: DeadSource): void {
  if (record.value === null) {
    markRedriven(rows, record)
    return
  }
  const { event_id = null, delivery } = subject(record)
  const tenant = headerOf(record, 'ce_tenant') ?? tenantOf(record)
  rows.deadLetters.push({
    ...placeOf(record),
    tenant,
    source_topic: source.name,
    consumer_group: group,
    source_partition: int32Of(record, 'kafka_dlt-original-partition'),
    source_offset: int64Of(record, 'kafka_dlt-original-offset'),
    record_key: record.key,
    event_id,
    delivery_id: delivery?.delivery_id ?? null,
    endpoint_id: delivery?.endpoint_id ?? null,
    webhook_id: headerOf(record, 'x-webhook-id') ?? null,
    event_type: delivery?.event_type ?? (event_id === null ? null : (headerOf(record, 'ce_type') ?? null)),
    error_code: headerOf(record, 'x-error-code') ?? '',
    error_message: headerOf(record, 'kafka_dlt-exception-message') ?? '',
    stack: (headerOf(record, 'kafka_dlt-exception-stacktrace') ?? '').slice(0, MAX_STACK),
  })
  rows.changes.push({ tenant, kind: 'dead-letter', id: record.id, at: record.timestamp })
  countOne(rows, tenant, 'dead', record.topic, record.timestamp)
  if (delivery !== undefined) noteDelivery(rows, delivery, { kind: 'dead', at: record.timestamp, delivery })
  if (event_id !== null) touch(rows, tenant, event_id)
}

/** A record of any topic that is none of its schema's: nothing is hidden, and the projection goes on. */
export function projectUndecodable(
  rows: LedgerRows,
  record: RawRecord,
  error: Error & { readonly code?: string },
): void {
  rows.deadLetters.push({
    ...placeOf(record),
    tenant: tenantOf(record),
    source_topic: record.topic,
    consumer_group: 'console',
    source_partition: record.partition,
    source_offset: Number(record.offset),
    record_key: record.key,
    ...{ event_id: null, delivery_id: null, endpoint_id: null, event_type: null },
    webhook_id: headerOf(record, 'x-webhook-id') ?? null,
    error_code: error.code ?? 'MR_KAFKA_UNDECODABLE',
    error_message: error.code === undefined ? error.name : error.message,
    stack: '',
  })
}

function placeOf({ topic, partition, offset, timestamp, value }: RawRecord) {
  const value_bytes = value?.length ?? 0
  return { topic, partition, offset: Number(offset), at: timestamp, value_bytes, redriven_at: null }
}

function markRedriven(rows: LedgerRows, record: RawRecord): void {
  const place = /^(.+)-(\d{1,9})-(\d{1,18})$/.exec(headerOf(record, REDRIVEN_HEADER) ?? '')
  if (place === null) return
  const [, topic = '', partition, offset] = place
  rows.redriven.push({ topic, partition: Number(partition), offset: Number(offset), at: record.timestamp })
}

function tenantOf({ key }: RawRecord): string {
  return partsOfKey(key ?? '')[0]
}

function headerOf({ headers }: RawRecord, name: string): string | undefined {
  return headers.get(name)?.toString()
}

/** Headers are whatever a writer made them. */
function int32Of({ headers }: RawRecord, name: string): number | null {
  const bytes = headers.get(name)
  return bytes?.length === 4 ? bytes.readInt32BE() : null
}

function int64Of({ headers }: RawRecord, name: string): number | null {
  const bytes = headers.get(name)
  return bytes?.length === 8 ? Number(bytes.readBigInt64BE()) : null
}
