import type { Kafka } from '@millrace/kafka'
import { daysOfKeys, type EndedDays, endKeys, type KeysOfDays, lookAtKeysOfDays } from '@millrace/operations'
import { keyDay, type Logger, lastEndedDay, type SourcesHolder } from '@millrace/service-kit'
import type { Redis } from 'ioredis'
import type { Kysely } from 'kysely'
import type { KnownTenants } from '../access/known-tenants.ts'
import { type Audit, consoleActor } from '../audit/audit.ts'
import type { Tables } from '../db/tables.ts'
import { DAY_MS } from '../ledger/project-events.ts'
import { daysInForce } from './days-in-force.ts'
import { removeTenantRows } from './remove-tenant-rows.ts'
import type { TenantRetentionTable } from './tables.ts'

export interface RetentionParts {
  readonly db: Kysely<Tables>
  readonly kafka: Kafka
  readonly redis: Pick<Redis, 'pipeline' | 'time'>
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly audit: Audit
  readonly sources: Pick<SourcesHolder, 'current'>
  readonly tenants: KnownTenants
  /** Whether there are data keys: `MILLRACE_SECRET_KEYS` is set. */
  readonly hasKeys: boolean
  readonly settings: { readonly ledgerDays: number; readonly payloadDays: number }
}

/** Keys cannot be brought back: not by one clock alone. */
const CLOCKS_DIFFER_MS = 3_600_000

/**
 * Ends what is past its days, tenant by tenant: rows of the ledger at once, what topics and Redis hold once a day by ending the data keys of that day. One
 * process at a time does it. Done again it goes on where it stopped.
 * @param now epoch milliseconds
 */
export async function enforceRetention(parts: RetentionParts, now: number, signal: AbortSignal): Promise<void> {
  const rows = await takeDays(parts, now)
  for (const row of rows) await endRows(parts, row, now, signal)
  if (parts.hasKeys) await endKeysOfDays(parts, rows, now, signal)
}

/** What holds at each tenant from now on. */
async function takeDays(parts: RetentionParts, now: number): Promise<TenantRetentionTable[]> {
  const { db, sources, tenants } = parts
  const stored = new Map(
    (await db.selectFrom('tenant_retention').selectAll().execute()).map((row) => [row.tenant, row]),
  )
  const configured = new Map(sources.current().tenants.map(({ name, retentionDays }) => [name, retentionDays]))
  const names = new Set([...stored.keys(), ...(await tenants.names())])
  return await Promise.all(
    Array.from(names, async (tenant) => {
      const before = stored.get(tenant)
      const row = { ...nothingDone(tenant), ...before, ...daysInForce(before, configured.get(tenant), now) }
      if (before?.days !== row.days || before.next_from !== row.next_from) await keepDays(parts, before, row)
      return row
    }),
  )
}

function nothingDone(tenant: string): TenantRetentionTable {
  const rows = { rows_before: null, rows_at: null }
  return {
    tenant,
    days: null,
    next_days: null,
    next_from: null,
    ...rows,
    keys_until: null,
    oldest_key_day: null,
    keys_at: null,
  }
}

async function keepDays(
  { db, audit, log }: RetentionParts,
  before: TenantRetentionTable | undefined,
  row: TenantRetentionTable,
): Promise<void> {
  const { tenant, days, next_days, next_from } = row
  await db.transaction().execute(async (trx) => {
    await trx
      .insertInto('tenant_retention')
      .values(row)
      .onConflict((conflict) => conflict.column('tenant').doUpdateSet({ days, next_days, next_from }))
      .execute()
    if (before === undefined && days === null && next_days === null) return
    const detail = { days, days_before: before?.days ?? null, next_days, next_from }
    const entry = { actor: consoleActor, tenant, action: 'retention.days', subject: tenant, detail } as const
    await audit.append({ ...entry, outcome: 'done' }, trx)
  })
  if (next_days !== null) log.warn({ tenant, days, next_days, next_from }, 'a tenant is to be kept for fewer days')
}

async function endRows(
  { db, log, settings }: RetentionParts,
  { tenant, days }: TenantRetentionTable,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  if (days === null) {
    await db
      .updateTable('tenant_retention')
      .set({ rows_before: null, rows_at: null })
      .where('tenant', '=', tenant)
      .execute()
    return
  }
  const before = now - days * DAY_MS
  const isSooner = days < Math.max(settings.ledgerDays, settings.payloadDays)
  const removed = isSooner ? await removeTenantRows(db, tenant, before, signal) : 0
  signal.throwIfAborted()
  await db
    .updateTable('tenant_retention')
    .set({ rows_before: before, rows_at: now })
    .where('tenant', '=', tenant)
    .execute()
  if (removed > 0) log.info({ tenant, rows: removed, days }, 'rows past their tenant’s days removed')
}

async function endKeysOfDays(
  parts: RetentionParts,
  rows: readonly TenantRetentionTable[],
  now: number,
  signal: AbortSignal,
): Promise<void> {
  if (!rows.some((row) => isDue(row, now))) return
  await checkClock(parts, now)
  const { ledgerDays, payloadDays } = parts.settings
  const longest = await daysOfKeys(parts.kafka, Math.max(ledgerDays, payloadDays), now)
  const endedOf = new Map(rows.flatMap((row) => endedDayOf(row, longest, now) ?? []))
  const found = await lookAtKeysOfDays(parts.kafka, endedOf, signal)
  const ending = [...found.values()].reduce((sum, tally) => sum + tally.ending, 0)
  if (ending > 0) await endAndSay(parts, rows, { endedOf, found, ending }, now, signal)
  for (const [tenant, until] of endedOf) {
    const oldest_key_day = found.get(tenant)?.oldestDay ?? null
    const done = { keys_until: until, oldest_key_day, keys_at: now }
    await parts.db.updateTable('tenant_retention').set(done).where('tenant', '=', tenant).execute()
  }
}

/** Once a day, and as soon as fewer days hold. */
function isDue({ days, keys_at, keys_until }: TenantRetentionTable, now: number): boolean {
  if (keys_at === null || keyDay(keys_at) < keyDay(now)) return true
  return days !== null && lastEndedDay(now, days) > (keys_until ?? '')
}

/** What has ended stays ended where more days hold than before. */
function endedDayOf(
  { tenant, days, keys_until }: TenantRetentionTable,
  longest: number | undefined,
  now: number,
): [tenant: string, day: string][] | undefined {
  const kept = days === null ? longest : Math.min(days, longest ?? days)
  if (kept === undefined) return undefined
  const day = lastEndedDay(now, kept)
  return [[tenant, day > (keys_until ?? '') ? day : (keys_until ?? day)]]
}

async function checkClock({ redis }: RetentionParts, now: number): Promise<void> {
  const [seconds = 0] = await redis.time()
  if (Math.abs(seconds * 1_000 - now) > CLOCKS_DIFFER_MS)
    throw new Error('the clocks of this machine and of Redis differ by more than an hour: no data key is ended')
}

interface Ending {
  readonly endedOf: EndedDays
  readonly found: ReadonlyMap<string, KeysOfDays>
  readonly ending: number
}

async function endAndSay(
  { kafka, redis, audit, log }: RetentionParts,
  rows: readonly TenantRetentionTable[],
  { endedOf, found, ending }: Ending,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const entry = { actor: consoleActor, action: 'retention.keys', subject: 'data keys' } as const
  await audit.during({ ...entry, tenant: '', detail: { keys: ending, tenants: found.size } }, () =>
    endKeys({ kafka, redis }, endedOf, now, signal),
  )
  for (const { tenant, days } of rows) {
    const keys = found.get(tenant)?.ending ?? 0
    if (keys === 0) continue
    await audit.append({ ...entry, tenant, outcome: 'done', detail: { keys, until: endedOf.get(tenant) ?? '', days } })
    log.info({ tenant, keys, until: endedOf.get(tenant), days }, 'data keys ended with their days')
  }
}
