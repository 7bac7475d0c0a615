import { type Kysely, sql } from 'kysely'

/** Rows that are changed soon after they came leave room on their page, so that the change needs no new index entries. */
const ROOM = sql.raw('with (fillfactor = 80)')

/** The ledger: one row a thing that the topics tell of, and how far they were read. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createEvents(db)
  await createHops(db)
  await createConversations(db)
  await createGraph(db)
  await createDeliveries(db)
  await createConfiguration(db)
  await createFindings(db)
  await createProgress(db)
}

async function createEvents(db: Kysely<unknown>): Promise<void> {
  await sql`create table webhook_events (
    tenant text not null, event_id text not null, webhook_id text not null, event_type text not null,
    status text not null default 'pending' check (status in ('pending', 'processed', 'failed')),
    priority text not null, identity text not null, account text not null, provider text not null, provider_type text not null,
    source text not null, origin text not null, completeness text not null,
    conversation_id text, contact_id text, client_id text,
    content_type text not null, payload_bytes integer not null, payload_day integer not null,
    occurred_at bigint not null, received_at bigint not null, created_at bigint not null, processed_at bigint, error_message text,
    received_position text not null, events_partition integer not null, events_offset bigint not null,
    run_count integer not null default 0,
    primary key (tenant, event_id)
  ) ${ROOM}`.execute(db)
  await sql`create index webhook_events_received on webhook_events (tenant, received_at, event_id)`.execute(db)
  await sql`create index webhook_events_type on webhook_events (tenant, event_type, received_at, event_id)`.execute(db)
  // Without the processed: they are nearly all, found by time anyway, and cost an entry less.
  await sql`create index webhook_events_status on webhook_events (tenant, status, created_at, event_id)
    where status in ('pending', 'failed')`.execute(db)
  await sql`create index webhook_events_webhook on webhook_events (tenant, webhook_id)`.execute(db)
  await sql`create index webhook_events_conversation on webhook_events (tenant, conversation_id, received_at, event_id)
    where conversation_id is not null`.execute(db)
  await sql`create index webhook_events_client on webhook_events (tenant, client_id, received_at, event_id)
    where client_id is not null`.execute(db)
  // The pending, told by other columns than the index by status, so that a lookup by place cannot be planned to go through all of that.
  await sql`create index webhook_events_open on webhook_events (events_partition, events_offset)
    where processed_at is null and error_message is null`.execute(db)
  // For retention: rows come roughly by age.
  await sql`create index webhook_events_age on webhook_events using brin (created_at)`.execute(db)
  await sql`create table event_payloads (
    day integer not null, tenant text not null, event_id text not null, payload text, bytes bytea,
    primary key (day, tenant, event_id)
  ) partition by range (day)`.execute(db)
}

async function createHops(db: Kysely<unknown>): Promise<void> {
  await sql`create table event_hops (
    tenant text not null, event_id text not null,
    snapshot_at bigint, graph_at bigint, requested_at bigint, first_attempt_at bigint, delivered_at bigint,
    primary key (tenant, event_id)
  ) ${ROOM}`.execute(db)
  await sql`create table event_runs (
    tenant text not null, run_id text not null, event_id text not null, kind text not null,
    replay_id text, target_kind text, target text, keeps_ids boolean, requested_by text, replayed_at bigint not null,
    position_partition integer not null, position_offset bigint not null,
    primary key (tenant, run_id)
  )`.execute(db)
  await sql`create index event_runs_event on event_runs (tenant, event_id, replayed_at)`.execute(db)
  await sql`create index event_runs_replay on event_runs (tenant, replay_id) where replay_id is not null`.execute(db)
}

async function createConversations(db: Kysely<unknown>): Promise<void> {
  // The snapshot is kept as it was sent, which costs half of taking it apart; what lists show of it is beside it.
  await sql`create table conversations (
    tenant text not null, conversation_id text not null, account text not null, state text not null, merged_into text,
    completeness text not null, subject text, status text, assignee text,
    as_of bigint not null, written_at bigint not null, created_at bigint, message_count integer not null, has_more boolean not null,
    caused_by text[] not null, pending text[] not null, shown jsonb not null, snapshot json not null,
    primary key (tenant, conversation_id)
  )`.execute(db)
  await sql`create index conversations_as_of on conversations (tenant, as_of, conversation_id)`.execute(db)
}

async function createGraph(db: Kysely<unknown>): Promise<void> {
  await sql`create table extractions (
    tenant text not null, event_id text not null, extraction_id text not null, client_id text,
    extractor text not null, extractor_version integer not null, extracted_at bigint not null,
    node_ids text[] not null, relationship_ids text[] not null,
    primary key (tenant, event_id, extraction_id)
  )`.execute(db)
  await sql`create index extractions_age on extractions using brin (extracted_at)`.execute(db)
  await sql`create table nodes (
    tenant text not null, id text not null, type text not null, label text not null, properties jsonb not null,
    same_as text, identities text[] not null, client_ids text[] not null,
    first_seen bigint not null, last_seen bigint not null, provenance jsonb not null,
    primary key (tenant, id)
  )`.execute(db)
  await sql`create index nodes_type on nodes (tenant, type, last_seen, id)`.execute(db)
  await sql`create index nodes_label on nodes (tenant, lower(label) text_pattern_ops)`.execute(db)
  await sql`create index nodes_clients on nodes using gin (client_ids)`.execute(db)
  await sql`create table relationships (
    tenant text not null, id text not null, type text not null, from_id text not null, to_id text not null,
    properties jsonb not null, client_ids text[] not null,
    first_seen bigint not null, last_seen bigint not null, valid_to bigint, provenance jsonb not null,
    primary key (tenant, id)
  )`.execute(db)
  await sql`create index relationships_from on relationships (tenant, from_id, type)`.execute(db)
  await sql`create index relationships_to on relationships (tenant, to_id, type)`.execute(db)
}

async function createDeliveries(db: Kysely<unknown>): Promise<void> {
  await sql`create table deliveries (
    tenant text not null, delivery_id text not null, run_id text not null, endpoint_id text not null,
    event_id text not null, event_type text not null, conversation_id text,
    state text not null check (state in ('requested', 'waiting', 'succeeded', 'dead', 'cancelled')),
    requested_at bigint not null, redriven_at bigint, attempts integer not null, due_at bigint, waiting_for text not null,
    last_status_code integer, last_error_code text, ended_at bigint, sequence bigint not null, predecessor_id text,
    body_bytes integer not null,
    line_at bigint, line_attempts integer, line_due_at bigint, line_waiting_for text,
    tried_at bigint, try_attempt integer, try_outcome text, try_plan text, try_ended_at bigint, try_next_at bigint, dead_at bigint,
    primary key (tenant, delivery_id, run_id)
  ) ${ROOM}`.execute(db)
  await sql`create index deliveries_event on deliveries (tenant, event_id)`.execute(db)
  await sql`create index deliveries_requested on deliveries (tenant, requested_at, delivery_id)`.execute(db)
  await sql`create index deliveries_endpoint on deliveries (tenant, endpoint_id, requested_at, delivery_id)`.execute(db)
  await sql`create index deliveries_open on deliveries (tenant, waiting_for, requested_at)
    where state in ('requested', 'waiting')`.execute(db)
  await sql`create index deliveries_age on deliveries using brin (requested_at)`.execute(db)
  await sql`create table attempts (
    tenant text not null, delivery_id text not null, run_id text not null, started_at bigint not null, attempt integer not null,
    endpoint_id text not null, event_id text not null, event_type text not null, duration_ms integer not null,
    status_code integer, outcome text not null, error_code text, plan text not null, next_attempt_at bigint, phase text not null,
    address text, is_reused boolean not null, dns_us integer, connect_us integer, tls_us integer, first_byte_us integer,
    bytes_sent integer not null, bytes_received integer not null, retry_after_ms bigint, answer bytea,
    primary key (tenant, delivery_id, run_id, started_at, attempt)
  )`.execute(db)
  await sql`create index attempts_age on attempts using brin (started_at)`.execute(db)
}

async function createConfiguration(db: Kysely<unknown>): Promise<void> {
  await sql`create table endpoints (
    tenant text not null, endpoint_id text not null, url text not null, kind text not null, description text not null,
    is_enabled boolean not null, created_at bigint not null, updated_at bigint not null, config jsonb not null,
    primary key (tenant, endpoint_id)
  )`.execute(db)
  await sql`create table endpoint_states (
    tenant text not null, endpoint_id text not null, breaker text not null, open_until bigint not null, times_opened integer not null,
    failing_since bigint, last_success_at bigint, blocked_until bigint not null, disabled_at bigint, disabled_reason text not null,
    updated_at bigint not null,
    primary key (tenant, endpoint_id)
  )`.execute(db)
  await sql`create table modes (
    tenant text not null, source text not null, mode text not null, inboxes text[] not null, percent integer not null,
    changed_at bigint not null, changed_by text not null, reason text not null,
    primary key (tenant, source)
  )`.execute(db)
  await sql`create table poll_positions (
    tenant text not null, account text not null, events_until bigint not null, compared_until bigint not null,
    read_at bigint not null, gaps jsonb not null,
    primary key (tenant, account)
  )`.execute(db)
}

async function createFindings(db: Kysely<unknown>): Promise<void> {
  await sql`create table parity_findings (
    tenant text not null, source text not null, position bigint not null, account text not null, kind text not null,
    since bigint not null, until bigint not null, found_at bigint not null,
    types jsonb not null, delays jsonb not null, differences jsonb not null, unlisted integer not null,
    primary key (tenant, source, position)
  )`.execute(db)
  await sql`create table notices (
    tenant text not null, notice_id text not null, at bigint not null, severity text not null, kind text not null,
    writer text not null, subject text, text text not null, details jsonb not null,
    primary key (tenant, notice_id)
  )`.execute(db)
  await sql`create index notices_at on notices (tenant, at, notice_id)`.execute(db)
  await sql`create table dead_letters (
    topic text not null, partition integer not null, "offset" bigint not null, tenant text not null,
    source_topic text not null, consumer_group text not null, source_partition integer, source_offset bigint, record_key text,
    event_id text, delivery_id text, endpoint_id text, webhook_id text, event_type text,
    at bigint not null, error_code text not null, error_message text not null, stack text not null,
    value_bytes integer not null, redriven_at bigint,
    primary key (topic, partition, "offset")
  )`.execute(db)
  await sql`create index dead_letters_tenant on dead_letters (tenant, topic, at)`.execute(db)
  await sql`create index dead_letters_event on dead_letters (tenant, event_id) where event_id is not null`.execute(db)
  await sql`create index dead_letters_webhook on dead_letters (tenant, webhook_id) where webhook_id is not null`.execute(
    db,
  )
  await sql`create table rejected_requests (
    tenant text not null, source text not null, webhook_id text not null, account text not null, provider text not null,
    received_at bigint not null, scheme text not null, rule text not null, mistakes text[] not null, secret_id text,
    is_explained boolean not null, body_bytes integer not null, address text not null, unsampled integer not null,
    primary key (tenant, source, webhook_id)
  )`.execute(db)
  await sql`create index rejected_requests_at on rejected_requests (tenant, received_at)`.execute(db)
  await sql`create table minute_counts (
    tenant text not null, minute bigint not null, metric text not null, label text not null, count bigint not null,
    primary key (tenant, metric, minute, label)
  ) ${ROOM}`.execute(db)
}

async function createProgress(db: Kysely<unknown>): Promise<void> {
  await sql`create table ledger_changes (
    seq bigint generated by default as identity primary key, tenant text not null, kind text not null, id text not null, at bigint not null
  )`.execute(db)
  await sql`create table ledger_positions (
    topic text not null, partition integer not null, next_offset bigint not null,
    primary key (topic, partition)
  ) ${ROOM}`.execute(db)
  await sql`create table ledger_watermarks (partition integer primary key, next_offset bigint not null) ${ROOM}`.execute(
    db,
  )
  await sql`create table ledger_state (
    single boolean primary key default true check (single), incarnation text not null, cluster_id text not null,
    as_of bigint not null default 0, rebuild_total bigint not null default 0, rebuild_done bigint not null default 0,
    rebuild_began_at bigint, rebuild_asked_at bigint
  ) ${ROOM}`.execute(db)
}
