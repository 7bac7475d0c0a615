import { type Kysely, sql } from 'kysely'

/** Replays and redrives as jobs, and the events that a replay still has to write. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table replay_jobs (
    id text primary key, tenant text not null, kind text not null check (kind in ('replay', 'redrive')),
    state text not null check (state in ('preparing', 'waiting-for-approval', 'running', 'done', 'cancelled', 'failed')),
    request jsonb not null, total integer, done integer not null default 0, rate double precision not null, reason text not null,
    waits_for text, error text, requested_by text not null, requested_by_name text not null, approval_id text,
    created_at bigint not null, started_at bigint, ended_at bigint,
    leased_by text, leased_until bigint not null default 0, checkpoint jsonb
  )`.execute(db)
  await sql`create index replay_jobs_tenant on replay_jobs (tenant, kind, created_at, id)`.execute(db)
  await sql`create index replay_jobs_open on replay_jobs (created_at)
    where state in ('preparing', 'waiting-for-approval', 'running')`.execute(db)
  await sql`create table replay_items (
    job_id text not null references replay_jobs (id) on delete cascade, seq integer not null,
    event_id text not null, payload_day integer not null,
    primary key (job_id, seq)
  )`.execute(db)
}
