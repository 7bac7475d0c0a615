import type { InRecord } from '@millrace/kafka'
import type { Attempt, ConversationSnapshot, Delivery, KnowledgeNode, KnowledgeRelationship } from '@millrace/schemas'
import type { Insertable } from 'kysely'
import type { MinuteCountsTable } from '../db/finding-tables.ts'
import type { LedgerTables } from '../db/ledger-tables.ts'

type Row<T extends keyof LedgerTables> = Insertable<LedgerTables[T]>

export type EventRow = Row<'webhook_events'>
export type PayloadRow = Partial<Row<'event_payloads'>> & Pick<Row<'event_payloads'>, 'day' | 'tenant' | 'event_id'>
export type AttemptRow = Partial<Row<'attempts'>> & Pick<Row<'attempts'>, 'tenant'>
export type NodeRow = Row<'nodes'>
export type RelationshipRow = Row<'relationships'>
export type EventKey = Pick<Row<'webhook_events'>, 'tenant' | 'event_id'>
export type Hop = Exclude<keyof Row<'event_hops'>, 'tenant' | 'event_id'>
type Change = Pick<Row<'ledger_changes'>, 'tenant' | 'kind' | 'id' | 'at'>

/** One record that tells of a delivery; `at` is the record's time. */
export type DeliveryFact =
  | { readonly kind: 'line' | 'dead'; readonly at: number; readonly delivery: Delivery }
  | { readonly kind: 'try'; readonly at: number; readonly attempt: Attempt }

export interface DeliveryKey {
  readonly tenant: string
  readonly delivery_id: string
  readonly run_id: string
}

/** A record of a topic whose records are of somebody; `subject`: by whose key what becomes of it is encrypted. */
export type LedgerRecord<V> = InRecord<V> & { readonly subject?: string | null }

/** A value whose content is encrypted by the key of its subject, where encryption is on. */
export interface Owned<V> {
  readonly subject: string | null
  readonly value: V
}

export interface PayloadFacts extends Omit<Owned<Buffer>, 'value'> {
  readonly day: number
  readonly tenant: string
  readonly event_id: string
  readonly payload: Buffer
}

/** A conversation's snapshots of one batch, oldest first; null when it was forgotten. */
export interface SnapshotFacts {
  readonly tenant: string
  readonly conversation_id: string
  readonly snapshots: (Owned<ConversationSnapshot | null> & { readonly at: number })[]
}

export interface RedrivenMark {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly at: number
}

/** What one batch of records becomes, before it is written. Of things with a last state only the last is here. */
export interface LedgerRows {
  readonly events: EventRow[]
  readonly payloads: PayloadFacts[]
  readonly runs: Row<'event_runs'>[]
  readonly hops: Map<string, EventKey & Partial<Record<Hop, number>>>
  readonly snapshots: Map<string, SnapshotFacts>
  readonly extractions: Row<'extractions'>[]
  readonly nodes: Map<string, Owned<KnowledgeNode> | Gone>
  readonly relationships: Map<string, Owned<KnowledgeRelationship> | Gone>
  readonly deliveries: Map<string, { readonly key: DeliveryKey; readonly facts: DeliveryFact[] }>
  readonly attempts: Owned<Attempt>[]
  readonly endpoints: Map<string, Row<'endpoints'> | Gone>
  readonly endpointStates: Map<string, Row<'endpoint_states'> | Gone>
  readonly modes: Map<string, Row<'modes'> | Gone>
  readonly pollPositions: Map<string, Row<'poll_positions'> | Gone>
  readonly parity: Row<'parity_findings'>[]
  readonly notices: Row<'notices'>[]
  readonly deadLetters: Row<'dead_letters'>[]
  readonly redriven: RedrivenMark[]
  readonly rejected: Row<'rejected_requests'>[]
  readonly counts: Map<string, MinuteCountsTable>
  readonly changes: Change[]
  /** Events whose status may be another one now. */
  readonly touched: Map<string, EventKey>
}

/** A key whose last record has no value. */
export interface Gone {
  readonly gone: readonly [tenant: string, id: string]
}

export function isGone(row: object): row is Gone {
  return 'gone' in row
}

export function emptyRows(): LedgerRows {
  return {
    events: [],
    payloads: [],
    runs: [],
    hops: new Map(),
    snapshots: new Map(),
    extractions: [],
    nodes: new Map(),
    relationships: new Map(),
    deliveries: new Map(),
    attempts: [],
    endpoints: new Map(),
    endpointStates: new Map(),
    modes: new Map(),
    pollPositions: new Map(),
    parity: [],
    notices: [],
    deadLetters: [],
    redriven: [],
    rejected: [],
    counts: new Map(),
    changes: [],
    touched: new Map(),
  }
}

/** A key of texts that no choice of the texts can make equal to another's. */
export function joined(...parts: readonly (string | number)[]): string {
  return parts.join('\u0000')
}

/** Notes when an event reached a place; the earliest time stays. */
export function noteHop(rows: LedgerRows, tenant: string, eventId: string, hop: Hop, at: number): void {
  const key = joined(tenant, eventId)
  const known = rows.hops.get(key)
  if (known === undefined) rows.hops.set(key, { tenant, event_id: eventId, [hop]: at })
  else known[hop] = Math.min(known[hop] ?? at, at)
}

/** Has the event's status looked at again. */
export function touch(rows: LedgerRows, tenant: string, eventId: string): void {
  rows.touched.set(joined(tenant, eventId), { tenant, event_id: eventId })
}

const MINUTE_MS = 60_000

/** Counts one more of something in its minute. What is counted: README, "Tables". */
export function countOne(rows: LedgerRows, tenant: string, metric: string, label: string, at: number): void {
  const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS
  const key = joined(tenant, metric, label, minute)
  const known = rows.counts.get(key)
  if (known === undefined) rows.counts.set(key, { tenant, minute, metric, label, count: 1 })
  else known.count++
}

/** An event whose id is there already, from another receipt, as one more run of it. */
export function asRepeat(event: EventRow): LedgerRows['runs'][number] {
  return {
    tenant: event.tenant,
    run_id: event.received_position,
    event_id: event.event_id,
    kind: 'repeat',
    ...{ replay_id: null, target_kind: null, target: null, keeps_ids: null, requested_by: null },
    replayed_at: event.created_at,
    position_partition: event.events_partition,
    position_offset: event.events_offset,
  }
}
