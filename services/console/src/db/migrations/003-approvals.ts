import { type Kysely, sql } from 'kysely'

/** Approvals, and the audit chain with what of it is still to be written to its topic. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table approvals (
    id text primary key, tenant text not null, kind text not null, subject text not null, reason text not null, count bigint,
    params_json text not null, params_sha256 text not null, status text not null,
    requested_persons text[] not null, requested_by text not null, requested_name text not null, requested_kind text not null,
    requested_at bigint not null, expires_at bigint not null,
    decided_mode text, decided_by text, decided_name text, decided_at bigint, decision_reason text not null default '',
    executing_until bigint, executed_at bigint, result_json text, error text
  )`.execute(db)
  await sql`create index approvals_tenant on approvals (tenant, requested_at, id)`.execute(db)
  await sql`create index approvals_open on approvals (status, expires_at)
    where status in ('pending', 'approved', 'executing')`.execute(db)
  await sql`create table approval_uses (
    id bigint generated always as identity primary key, tenant text not null, kind text not null, person_id text not null,
    count bigint not null, at bigint not null
  )`.execute(db)
  await sql`create index approval_uses_recent on approval_uses (tenant, kind, at)`.execute(db)
  await sql`create table user_vouches (
    user_id text not null, vouched_by text not null, vouched_at bigint not null, primary key (user_id, vouched_by)
  )`.execute(db)
  await sql`create table audit_entries (
    sequence bigint primary key, tenant text not null, previous_hash text not null, at bigint not null,
    actor_id text not null, actor_name text not null, actor_kind text not null, action text not null, subject text not null,
    reason text not null, approval_id text, outcome text not null, detail_json text not null, hash text not null, mac text not null,
    topic_offset bigint
  )`.execute(db)
  await sql`create index audit_entries_tenant on audit_entries (tenant, sequence)`.execute(db)
  await sql`create index audit_entries_unwritten on audit_entries (sequence) where topic_offset is null`.execute(db)
  await sql`create table audit_relay (
    single boolean primary key default true check (single), holder text not null, until bigint not null
  )`.execute(db)
  await sql`insert into audit_relay (holder, until) values ('', 0)`.execute(db)
}
