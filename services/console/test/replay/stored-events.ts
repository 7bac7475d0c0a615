import { randomUUID } from 'node:crypto'
import { newEndpoint } from '@millrace/domain'
import type { Endpoint } from '@millrace/schemas'
import { type Insertable, type Kysely, sql } from 'kysely'
import type { WebhookEventsTable } from '../../src/db/event-tables.ts'
import type { Tables } from '../../src/db/tables.ts'

const DAY = 20_000

/** Puts events into the ledger as its projection does, with `payload` for each. */
export async function storeEvents(
  db: Kysely<Tables>,
  events: readonly Partial<Insertable<WebhookEventsTable>>[],
  payload = '{"type":"inbound"}',
): Promise<void> {
  await sql`create table if not exists event_payloads_test partition of event_payloads for values from (${sql.lit(DAY)}) to (${sql.lit(DAY + 1)})`.execute(
    db,
  )
  const rows = events.map((event, nth) => ({ ...rowOf(nth), ...event }))
  await db.insertInto('webhook_events').values(rows).execute()
  const kept = rows.map(({ tenant, event_id }) => ({ day: DAY, tenant, event_id, payload, bytes: null }))
  await db.insertInto('event_payloads').values(kept).execute()
}

/** The payloads of these events are kept no longer. */
export async function forgetPayloads(db: Kysely<Tables>, ids: readonly string[]): Promise<void> {
  await db.deleteFrom('event_payloads').where('day', '=', DAY).where('event_id', 'in', ids).execute()
}

function rowOf(nth: number): Insertable<WebhookEventsTable> {
  return {
    tenant: 'default',
    event_id: `evt_${randomUUID()}`,
    webhook_id: randomUUID(),
    event_type: 'message.received',
    status: 'processed',
    priority: 'high',
    identity: 'provider',
    account: 'default',
    provider: 'front',
    provider_type: 'inbound',
    source: 'front',
    origin: 'webhook',
    completeness: 'full',
    conversation_id: 'cnv_1',
    contact_id: null,
    client_id: null,
    content_type: 'application/json',
    payload_bytes: 18,
    payload_day: DAY,
    occurred_at: 1_700_000_000_000 + nth,
    received_at: 1_700_000_000_500 + nth,
    created_at: 1_700_000_000_600 + nth,
    processed_at: null,
    error_message: null,
    received_position: `webhooks.received.v1-0-${nth}`,
    events_partition: 0,
    events_offset: nth,
    run_count: 0,
  }
}

/** Puts an endpoint into the ledger as its projection does. */
export async function storeEndpoint(db: Kysely<Tables>, id: string, changes: Partial<Endpoint> = {}): Promise<void> {
  const made = newEndpoint({ tenant: 'default', endpoint_id: id, url: 'https://customer.example/' }, 0)
  const endpoint = { ...made, ...changes }
  const { tenant, endpoint_id, url, kind, description, is_enabled, created_at, updated_at } = endpoint
  const row = { tenant, endpoint_id, url, kind, description, is_enabled, created_at, updated_at }
  await db
    .insertInto('endpoints')
    .values({ ...row, config: JSON.stringify(endpoint) })
    .execute()
}
