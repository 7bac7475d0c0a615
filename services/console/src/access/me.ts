import type { z } from 'zod'
import type { Deps } from '../deps.ts'
import type { Actor } from './actor.ts'
import { ofAll } from './grants.ts'
import type { Session } from './guard.ts'
import type { meSchema } from './schemas.ts'
import { vouchCodeOf } from './vouch-code.ts'

/** Who somebody is, and what they may do in each tenant that is there. */
export async function showMe(
  { tenants, settings }: Pick<Deps, 'tenants' | 'settings'>,
  actor: Actor,
  session: Session | undefined,
): Promise<z.infer<typeof meSchema>> {
  const names = await tenants.names()
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
    vouch_code: session === undefined ? null : vouchCodeOf(session.hash),
    has_password: session?.hasPassword ?? false,
    expires_at: session?.expiresAt ?? null,
    approvals: settings.approvals,
  }
}
