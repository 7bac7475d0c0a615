import { type Kysely, sql } from 'kysely'

/** Users, tokens and sessions: the console's own, not read from topics. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table users (
    id text primary key, name text not null unique, email text, password text,
    created_at bigint not null, created_by text not null,
    credentials_by text not null, credentials_at bigint not null,
    last_login_at bigint, is_disabled boolean not null default false
  )`.execute(db)
  await sql`create table user_roles (
    user_id text not null references users, tenant text not null,
    role text not null check (role in ('viewer', 'operator', 'approver', 'admin')),
    granted_at bigint not null, granted_by text not null,
    primary key (user_id, tenant)
  )`.execute(db)
  // user_id has no reference: the token of the settings, which is nobody's, may make tokens too.
  await sql`create table tokens (
    id text primary key, hash text not null unique, name text not null, user_id text not null,
    created_at bigint not null, created_by text not null, expires_at bigint, last_used_at bigint
  )`.execute(db)
  await sql`create index tokens_user on tokens (user_id, created_at, id)`.execute(db)
  await sql`create table token_roles (
    token_id text not null references tokens on delete cascade, tenant text not null,
    role text not null check (role in ('viewer', 'operator', 'approver', 'admin')),
    primary key (token_id, tenant)
  )`.execute(db)
  await createLogins(db)
}

async function createLogins(db: Kysely<unknown>): Promise<void> {
  await sql`create table sessions (
    hash text primary key, user_id text not null references users, csrf_token text not null, is_by_code boolean not null,
    created_at bigint not null, last_seen_at bigint not null, expires_at bigint not null
  )`.execute(db)
  await sql`create index sessions_user on sessions (user_id, created_at)`.execute(db)
  await sql`create table login_codes (
    hash text primary key, user_id text references users,
    created_at bigint not null, created_by text not null, expires_at bigint not null, used_at bigint
  )`.execute(db)
  await sql`create table login_failures (
    name_hash text primary key, failures integer not null, first_at bigint not null
  )`.execute(db)
}
