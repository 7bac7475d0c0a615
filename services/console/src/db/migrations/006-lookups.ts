import { type Kysely, sql } from 'kysely'

/** What is looked up beside lists: the end of what the audit says was begun, all of an approval, why a delivery was given up. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index audit_entries_ends on audit_entries ((detail_json::jsonb ->> 'begun'))
    where outcome in ('done', 'failed')`.execute(db)
  await sql`create index audit_entries_approval on audit_entries (approval_id) where approval_id is not null`.execute(
    db,
  )
  await sql`create index dead_letters_delivery on dead_letters (tenant, delivery_id) where delivery_id is not null`.execute(
    db,
  )
}
