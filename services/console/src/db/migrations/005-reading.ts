import { type Kysely, sql } from 'kysely'

/** What lists are looked up by beside what the projection needs itself. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // With the type: a source has some types and never the others, which the planner does not know.
  await sql`create index webhook_events_source on webhook_events (tenant, source, event_type, received_at, event_id)`.execute(
    db,
  )
  await sql`create index deliveries_conversation on deliveries (tenant, conversation_id, requested_at)
    where conversation_id is not null`.execute(db)
  await sql`create index deliveries_dead on deliveries (tenant, requested_at) where state = 'dead'`.execute(db)
  await sql`create index nodes_same_as on nodes (tenant, same_as) where same_as is not null`.execute(db)
}
