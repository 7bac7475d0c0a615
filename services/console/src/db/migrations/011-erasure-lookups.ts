import { type Kysely, sql } from 'kysely'

/** What an erasure asks, however much there is: who named a node, what was read last, and what is of a conversation, a client or a contact. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index extractions_nodes on extractions using gin (node_ids)`.execute(db)
  await sql`create index extractions_about on extractions (tenant, about_id) where about_id is not null`.execute(db)
  await sql`create index extractions_clients on extractions (tenant, client_id) where client_id is not null`.execute(db)
  await sql`create index extractions_latest on extractions (tenant, extracted_at)`.execute(db)
  await sql`create index webhook_events_contact on webhook_events (tenant, contact_id) where contact_id is not null`.execute(
    db,
  )
  await sql`create index conversations_merged on conversations (tenant, merged_into) where merged_into is not null`.execute(
    db,
  )
}
