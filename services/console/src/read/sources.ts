import type { Source, SourcesHolder } from '@millrace/service-kit'
import { gapRepairOf } from '@millrace/service-kit'
import { type Kysely, sql } from 'kysely'
import type { z } from 'zod'
import type { ModesTable } from '../db/finding-tables.ts'
import type { Tables } from '../db/tables.ts'
import type { ingestMode, sourceRow } from './schemas/operations.ts'

export type SourceRow = z.infer<typeof sourceRow>
export type IngestModeRow = z.infer<typeof ingestMode>

const DAY = 86_400_000
/** Longer ago nothing is counted; a source that was silent for so long has no last event here. */
const COUNTED_MS = 30 * DAY

export interface SourcesParts {
  readonly db: Kysely<Tables>
  readonly sources: SourcesHolder
  /** Where senders reach the gateway, when it is known. */
  readonly webhookBaseUrl: string | undefined
}

/** The configured sources of a tenant with what came from them. */
export async function readSourceRows(parts: SourcesParts, tenant: string, now = Date.now()): Promise<SourceRow[]> {
  const { db, sources } = parts
  const [modes, events, refusals] = await Promise.all([
    modesOf(db, tenant),
    eventsOf(db, tenant, now),
    refusalsOf(db, tenant, now),
  ])
  const own = sources.current().sources.filter((source) => source.tenant === tenant)
  return own.map((source) => {
    const { count = 0, last = null } = events.get(source.name) ?? {}
    const refused = refusals.get(source.name)
    return {
      ...configurationOf(source, parts),
      mode: modes.get(source.name) ?? null,
      last_event_at: last,
      events_last_day: count,
      refused_last_day: refused?.count ?? 0,
      last_refused: refused?.last ?? null,
    }
  })
}

/** What is configured of a source, without what is secret. */
export function configurationOf(source: Source, { sources, webhookBaseUrl = '' }: Omit<SourcesParts, 'db'>) {
  return {
    name: source.name,
    account: source.account,
    provider: source.provider,
    url: `${webhookBaseUrl}${source.path}`,
    schemes: source.schemes.map(({ name }) => name),
    secret_ids: source.secrets.map(({ id }) => id),
    is_synchronous: source.isSynchronous,
    is_enabled: source.isEnabled !== false,
    max_body_bytes: source.maxBodyBytes,
    rate_limit_per_minute: source.rateLimitPerMinute,
    tolerance_ms: source.toleranceMs,
    gap_repair: gapRepairOf(source, sources.current().accounts),
  }
}

/** The mode of each source that ever got one. */
export async function modesOf(db: Kysely<Tables>, tenant: string): Promise<ReadonlyMap<string, IngestModeRow>> {
  const rows = await db.selectFrom('modes').selectAll().where('tenant', '=', tenant).execute()
  return new Map(rows.map((row) => [row.source, modeOf(row)]))
}

function modeOf({ tenant: _, source: __, ...mode }: ModesTable): IngestModeRow {
  return mode
}

async function eventsOf(db: Kysely<Tables>, tenant: string, now: number) {
  const rows = await db
    .selectFrom('minute_counts')
    .select(({ fn }) => [
      'label',
      fn.max('minute').as('last'),
      fn
        .sum<number | null>('count')
        .filterWhere('minute', '>', now - DAY)
        .as('count'),
    ])
    .where('tenant', '=', tenant)
    .where('metric', '=', 'source')
    .where('minute', '>', now - COUNTED_MS)
    .groupBy('label')
    .execute()
  return new Map(rows.map(({ label, last, count }) => [label, { last: Number(last), count: Number(count ?? 0) }]))
}

/** Sampled records stand for those that have none of their own. */
async function refusalsOf(db: Kysely<Tables>, tenant: string, now: number) {
  const lately = db
    .selectFrom('rejected_requests')
    .where('tenant', '=', tenant)
    .where('received_at', '>', now - DAY)
  const [counts, lasts] = await Promise.all([
    lately
      .select(['source', sql<number>`sum(1 + unsampled)::bigint`.as('count')])
      .groupBy('source')
      .execute(),
    lately
      .distinctOn('source')
      .select(['source', 'received_at as at', 'rule', 'scheme', 'mistakes', 'is_explained'])
      .orderBy('source')
      .orderBy('received_at', 'desc')
      .execute(),
  ])
  const last = new Map(lasts.map(({ source, ...row }) => [source, row]))
  return new Map(counts.map(({ source, count }) => [source, { count, last: last.get(source) ?? null }]))
}
