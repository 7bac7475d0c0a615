import type { Insertable, Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Tables } from '../../../src/db/tables.ts'

type Row<T extends keyof Tables> = Partial<Insertable<Tables[T]>>

export const DAY = 86_400_000
/** A moment of the past, so that nothing in a test depends on the clock. */
export const T0 = Date.UTC(2026, 10, 20, 12)

/** An event as the projection would write it, with its payload. */
export async function addEvent(
  db: Kysely<Tables>,
  { payload = '{}', ...row }: Row<'webhook_events'> & { readonly event_id: string; readonly payload?: string | Buffer },
): Promise<void> {
  const received = row.received_at ?? T0
  const day = Math.floor(received / DAY)
  await db
    .insertInto('webhook_events')
    .values({
      tenant: 'default',
      webhook_id: `wh-${row.event_id}`,
      event_type: 'message.received',
      status: 'processed',
      priority: 'high',
      identity: 'provider',
      account: 'default',
      provider: 'front',
      provider_type: 'inbound_received',
      source: 'front',
      origin: 'webhook',
      completeness: 'full',
      conversation_id: null,
      contact_id: null,
      client_id: null,
      content_type: 'application/json',
      payload_bytes: Buffer.byteLength(payload),
      payload_day: day,
      occurred_at: received - 100,
      received_at: received,
      created_at: received + 20,
      processed_at: received + 500,
      error_message: null,
      received_position: 'webhooks.received.v1-0-1',
      events_partition: 0,
      events_offset: 0,
      run_count: 0,
      ...row,
    })
    .execute()
  await sql`create table if not exists ${sql.table(`event_payloads_${day}`)} partition of event_payloads
    for values from (${sql.lit(day)}) to (${sql.lit(day + 1)})`.execute(db)
  const text = typeof payload === 'string' ? { payload, bytes: null } : { payload: null, bytes: payload }
  await db
    .insertInto('event_payloads')
    .values({ day, tenant: row.tenant ?? 'default', event_id: row.event_id, ...text })
    .execute()
}

export async function addHops(
  db: Kysely<Tables>,
  row: Row<'event_hops'> & { readonly event_id: string },
): Promise<void> {
  const none = { snapshot_at: null, graph_at: null, requested_at: null, first_attempt_at: null, delivered_at: null }
  await db
    .insertInto('event_hops')
    .values({ tenant: 'default', ...none, ...row })
    .execute()
}

export async function addDelivery(
  db: Kysely<Tables>,
  row: Row<'deliveries'> & { readonly delivery_id: string; readonly event_id: string },
): Promise<void> {
  await db
    .insertInto('deliveries')
    .values({
      tenant: 'default',
      run_id: '',
      endpoint_id: 'ep_1',
      event_type: 'message.received',
      conversation_id: null,
      state: 'succeeded',
      requested_at: T0 + 50,
      attempts: 1,
      waiting_for: '',
      sequence: 0,
      body_bytes: 10,
      ...row,
    })
    .execute()
}

export async function addAttempt(
  db: Kysely<Tables>,
  row: Row<'attempts'> & { readonly delivery_id: string; readonly event_id: string },
): Promise<void> {
  await db
    .insertInto('attempts')
    .values({
      tenant: 'default',
      run_id: '',
      started_at: T0 + 60,
      attempt: 1,
      endpoint_id: 'ep_1',
      event_type: 'message.received',
      duration_ms: 40,
      status_code: 200,
      outcome: 'succeeded',
      plan: '',
      phase: 'answered',
      address: '203.0.113.9',
      is_reused: false,
      dns_us: 1_000,
      connect_us: 2_000,
      tls_us: 3_000,
      first_byte_us: 30_000,
      bytes_sent: 10,
      bytes_received: 2,
      answer: Buffer.from('ok'),
      ...row,
    })
    .execute()
}

export async function addDeadLetter(
  db: Kysely<Tables>,
  row: Row<'dead_letters'> & { readonly offset: number },
): Promise<void> {
  await db
    .insertInto('dead_letters')
    .values({
      topic: 'webhooks.events.v1.dlq.delivery-request',
      partition: 0,
      tenant: 'default',
      source_topic: 'webhooks.events.v1',
      consumer_group: 'delivery-request',
      at: T0 + 200,
      error_code: 'MR_DELIVERY_FAULT',
      error_message: 'broke',
      stack: '    at handle (x.ts:1:1)',
      value_bytes: 10,
      ...row,
    })
    .execute()
}

export async function addNode(db: Kysely<Tables>, row: Row<'nodes'> & { readonly id: string }): Promise<void> {
  const [type = ''] = row.id.split(':')
  const seen = { first_seen: T0, last_seen: T0 }
  await db
    .insertInto('nodes')
    .values({
      tenant: 'default',
      type,
      label: row.id,
      properties: sql`'{}'::jsonb`,
      identities: [],
      client_ids: [],
      provenance: sql`'[]'::jsonb`,
      ...seen,
      ...row,
    })
    .execute()
}

/** `edge(db, 'a', 'part_of', 'b')`. */
export async function addEdge(
  db: Kysely<Tables>,
  from_id: string,
  type: string,
  to_id: string,
  row: Row<'relationships'> = {},
): Promise<void> {
  await db
    .insertInto('relationships')
    .values({
      tenant: 'default',
      id: `${from_id}>${type}>${to_id}`,
      type,
      from_id,
      to_id,
      properties: sql`'{}'::jsonb`,
      client_ids: [],
      first_seen: T0,
      last_seen: T0,
      provenance: sql`'[]'::jsonb`,
      ...row,
    })
    .execute()
}

export async function addCount(db: Kysely<Tables>, row: Insertable<Tables['minute_counts']>): Promise<void> {
  await db.insertInto('minute_counts').values(row).execute()
}

export async function beginLedger(db: Kysely<Tables>, incarnation = 'one', asOf = Date.now()): Promise<void> {
  await db
    .insertInto('ledger_state')
    .values({ incarnation, cluster_id: 'c', as_of: asOf, rebuild_total: 0, rebuild_done: 0 })
    .execute()
}

export async function addChanges(
  db: Kysely<Tables>,
  changes: readonly Omit<Insertable<Tables['ledger_changes']>, 'at'>[],
): Promise<void> {
  await db
    .insertInto('ledger_changes')
    .values(changes.map((change) => ({ at: Date.now(), ...change })))
    .execute()
}
