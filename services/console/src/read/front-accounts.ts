import { readFrontAccountStates, type SourcesHolder } from '@millrace/service-kit'
import type { Redis } from 'ioredis'
import type { z } from 'zod'
import type { frontAccount } from './schemas/overview.ts'

/** What Front's accounts of a tenant have left of their plan, and what it goes to. Null when Redis does not tell within a second. */
export async function readFrontAccounts(
  parts: { readonly redis: Pick<Redis, 'hgetall' | 'zrangebyscore'>; readonly sources: Pick<SourcesHolder, 'current'> },
  tenant: string,
): Promise<z.infer<typeof frontAccount>[] | null> {
  const states = await readFrontAccountStates(parts)
  if (states === null) return null
  return states
    .filter((state) => state.tenant === tenant)
    .map(({ tenant: _, is_degraded: __, lanes, refused, ...state }) => ({
      ...state,
      lanes: [...lanes],
      refused: refused.map((each) => ({ ...each, missing_scopes: [...each.missing_scopes] })),
    }))
}
