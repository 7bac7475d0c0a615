import { type Kysely, sql } from 'kysely'

/** Erasures as jobs, and what is kept of them: hashes and receipts. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table replay_jobs drop constraint replay_jobs_kind_check`.execute(db)
  await sql`alter table replay_jobs add constraint replay_jobs_kind_check
    check (kind in ('replay', 'redrive', 'erasure'))`.execute(db)
  // What is sealed goes when the erasure has ended: nothing is left that names whom it was about.
  await sql`create table erasures (
    id text primary key, tenant text not null, subject_kind text not null, subject_hash text not null,
    sealed_subject text, sealed_scope text, step integer not null default 0, places jsonb not null default '[]',
    receipt jsonb, created_at bigint not null, erased_at bigint, swept_at bigint
  )`.execute(db)
  // Since when encryption has been on without a break.
  await sql`create table encryption_state (
    single boolean primary key default true check (single), since bigint not null
  )`.execute(db)
  await sql`create index erasures_tenant on erasures (tenant, created_at, id)`.execute(db)
  await sql`create index erasures_unswept on erasures (erased_at) where sealed_scope is not null`.execute(db)
}
