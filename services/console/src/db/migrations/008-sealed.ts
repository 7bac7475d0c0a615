import { type Kysely, sql } from 'kysely'

/** What is encrypted by the key of its subject, and blind words to find it by. What is not encrypted stays in the columns that were there. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['event_payloads', 'conversations', 'nodes', 'relationships', 'attempts'])
    await sql`alter table ${sql.table(table)} add column sealed bytea`.execute(db)
  await sql`alter table conversations add column sealed_snapshot bytea`.execute(db)
  for (const table of ['event_payloads', 'conversations', 'nodes'])
    await sql`alter table ${sql.table(table)} add column words bytea`.execute(db)
  // What is encrypted cannot be compressed: Postgres need not try.
  for (const table of ['event_payloads', 'conversations', 'nodes', 'relationships', 'attempts'])
    await sql`alter table ${sql.table(table)} alter column sealed set storage external`.execute(db)
  await sql`alter table conversations alter column sealed_snapshot set storage external`.execute(db)
  // Whom an extraction is about, so that it is found when that is erased.
  await sql`alter table extractions add column about_id text`.execute(db)
}
