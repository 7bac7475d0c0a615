import { startOfKeyDay } from '@millrace/service-kit'
import type { Kysely } from 'kysely'
import type { z } from 'zod'
import type { KnownTenants } from '../access/known-tenants.ts'
import type { Tables } from '../db/tables.ts'
import { DAY_MS } from '../ledger/project-events.ts'
import type { tenantRetention } from './schemas.ts'
import type { TenantRetentionTable } from './tables.ts'

interface ReportParts {
  readonly db: Kysely<Tables>
  readonly tenants: KnownTenants
  readonly settings: {
    readonly ledgerDays: number
    readonly payloadDays: number
    /** `MILLRACE_ENCRYPTION` */
    readonly encryption: boolean
  }
}

/** For how long each tenant's data is kept, by which means, and what was done last. */
export async function reportRetention(parts: ReportParts): Promise<z.infer<typeof tenantRetention>[]> {
  const stored = await parts.db.selectFrom('tenant_retention').selectAll().execute()
  const rows = new Map(stored.map((row) => [row.tenant, row]))
  return await Promise.all(
    (await parts.tenants.names()).map(async (tenant) => reportTenant(parts, tenant, rows.get(tenant))),
  )
}

async function reportTenant({ db, settings }: ReportParts, tenant: string, row: TenantRetentionTable | undefined) {
  const { ledgerDays, payloadDays } = settings
  const days = row?.days ?? null
  const keysUntil = row?.keys_until ?? null
  return {
    tenant,
    days,
    next_days: row?.next_days ?? null,
    next_from: row?.next_from ?? null,
    ledger: {
      days: Math.min(days ?? ledgerDays, ledgerDays),
      payload_days: Math.min(days ?? payloadDays, payloadDays),
      oldest_at: await oldestAt(db, tenant),
      enforced_at: row?.rows_at ?? null,
    },
    topics: {
      // What was written before encryption was switched off again is still encrypted.
      means: settings.encryption ? ('data-keys' as const) : ('topic-retention' as const),
      readable_from: keysUntil === null ? null : startOfKeyDay(keysUntil) + DAY_MS,
      oldest_key_day: row?.oldest_key_day ?? null,
      enforced_at: row?.keys_at ?? null,
    },
  }
}

/** When the oldest event or delivery came that is there. */
async function oldestAt(db: Kysely<Tables>, tenant: string): Promise<number | null> {
  const event = db
    .selectFrom('webhook_events')
    .select('received_at as at')
    .where('tenant', '=', tenant)
    .orderBy('received_at')
    .limit(1)
  const delivery = db
    .selectFrom('deliveries')
    .select('requested_at as at')
    .where('tenant', '=', tenant)
    .orderBy('requested_at')
    .limit(1)
  const found = (await Promise.all([event.execute(), delivery.execute()])).flat().map(({ at }) => at)
  return found.length === 0 ? null : Math.min(...found)
}
