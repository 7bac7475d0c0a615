import type { SourcesHolder } from '@millrace/service-kit'
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'

/** Which tenants there are. */
export interface KnownTenants {
  /** Those that sources name now, and those of which the ledger has events; sorted. The ledger is asked once a minute. */
  names(): Promise<readonly string[]>
}

const FRESH_MS = 60_000
/** More than any installation has; the sources file takes no more either. */
const MAX_TENANTS = 10_000

export function createKnownTenants(db: Kysely<Tables>, sources: Pick<SourcesHolder, 'current'>): KnownTenants {
  let ofLedger: { readonly at: number; readonly names: readonly string[] } = { at: Number.NEGATIVE_INFINITY, names: [] }
  return {
    async names() {
      if (performance.now() - ofLedger.at > FRESH_MS) ofLedger = { at: performance.now(), names: await readTenants(db) }
      const configured = sources.current().tenants.map(({ name }) => name)
      return [...new Set([...configured, ...ofLedger.names])].sort()
    },
  }
}

/** One step of the index for each tenant, not one for each event: https://wiki.postgresql.org/wiki/Loose_indexscan */
async function readTenants(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ tenant: string }>`
    with recursive step as (
      (select tenant from webhook_events order by tenant limit 1)
      union all
      select (select tenant from webhook_events where tenant > step.tenant order by tenant limit 1) from step where step.tenant is not null
    )
    select tenant from step where tenant is not null limit ${MAX_TENANTS}`.execute(db)
  return rows.map(({ tenant }) => tenant)
}
