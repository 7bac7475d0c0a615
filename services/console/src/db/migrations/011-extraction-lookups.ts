import { type Kysely, sql } from 'kysely'

/** Who named a node, what was read of a conversation or a client, and what was read last: what an erasure asks, however many there are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index extractions_nodes on extractions using gin (node_ids)`.execute(db)
  await sql`create index extractions_about on extractions (tenant, about_id) where about_id is not null`.execute(db)
  await sql`create index extractions_clients on extractions (tenant, client_id) where client_id is not null`.execute(db)
  await sql`create index extractions_latest on extractions (tenant, extracted_at)`.execute(db)
}
