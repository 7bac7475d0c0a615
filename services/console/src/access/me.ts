import type { z } from 'zod'
import { readStandings } from '../approve/standing.ts'
import type { Deps } from '../deps.ts'
import type { Actor } from './actor.ts'
import { ofAll } from './grants.ts'
import type { Session } from './guard.ts'
import type { meSchema } from './schemas.ts'
import { vouchCodeOf } from './vouch-code.ts'

/** Who somebody is, and what they may do in each tenant that is there. */
export async function showMe(
  deps: Pick<Deps, 'db' | 'tenants' | 'settings'>,
  actor: Actor,
  session: Session | undefined,
): Promise<z.infer<typeof meSchema>> {
  const { tenants, settings } = deps
  const [names, standingOf] = await Promise.all([tenants.names(), readStandings(deps)])
  const { counts_with, needs_vouch } = standingOf(actor.personId)
  return {
    id: actor.id,
    name: actor.name,
    kind: actor.kind,
    tenants: names.flatMap((tenant) => {
      const role = actor.roleIn(tenant)
      return role === undefined ? [] : { tenant, role }
    }),
    everywhere: ofAll(actor.grants) ?? null,
    csrf_token: session?.csrfToken ?? null,
    vouch_code: session === undefined || !needs_vouch ? null : vouchCodeOf(session.hash),
    counts_with: [...counts_with],
    has_password: session?.hasPassword ?? false,
    expires_at: session?.expiresAt ?? null,
    approvals: settings.approvals,
    search: settings.encryption ? 'words' : 'parts',
  }
}
