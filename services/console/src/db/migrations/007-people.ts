import { type Kysely, sql } from 'kysely'

/** The people of a conversation beside its snapshot, which may hold megabytes and is not read through in a search. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table conversations add column people text not null default ''`.execute(db)
  await sql`update conversations set people = lower(concat_ws(' ', snapshot #>> '{recipient,name}', snapshot #>> '{recipient,handle}',
    snapshot #>> '{assignee,name}', snapshot #>> '{assignee,handle}'))`.execute(db)
}
