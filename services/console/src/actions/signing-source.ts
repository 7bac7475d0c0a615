import type { SigningSource } from '@millrace/domain'
import type { SourcesHolder } from '@millrace/service-kit'
import type { Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'

/** The source through which a client's last event came; of a client that nothing is known of, the tenant's only one that waits for answers. */
export async function signingSourceOf(
  { db, sources }: { readonly db: Kysely<Tables>; readonly sources: Pick<SourcesHolder, 'current'> },
  tenant: string,
  clientId: string,
): Promise<SigningSource | null> {
  const last = await db
    .selectFrom('webhook_events')
    .select('source')
    .where('tenant', '=', tenant)
    .where('client_id', '=', clientId)
    .orderBy('received_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  const own = sources.current().sources.filter((source) => source.tenant === tenant)
  const named = own.find(({ name }) => name === last?.source)
  const [only, ...others] = own.filter(({ isSynchronous }) => isSynchronous)
  return named ?? (others.length === 0 ? (only ?? null) : null)
}
