import { type Kysely, sql } from 'kysely'

/** For how many days each tenant's data is kept, and what was done about it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table tenant_retention (
    tenant text primary key, days integer, next_days integer, next_from bigint,
    rows_before bigint, rows_at bigint, keys_until text, oldest_key_day text, keys_at bigint
  )`.execute(db)
}
