import type { FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { createActor } from './actor.ts'
import { equalTexts } from './cross-site.ts'
import type { Identified } from './guard.ts'
import { ALL_TENANTS } from './roles.ts'
import { HOST } from './tables.ts'

export interface AccountsOptions {
  readonly db: Kysely<Tables>
  /** Bearer token of the settings. */
  readonly adminToken: string | undefined
}

/** Users, tokens and sessions: who may do what. */
export interface Accounts {
  identify(request: FastifyRequest): Promise<Identified | undefined>
}

export function createAccounts({ adminToken }: AccountsOptions): Accounts {
  return {
    async identify({ headers }) {
      const token = bearerOf(headers.authorization)
      if (token === undefined || adminToken === undefined || !equalTexts(token, adminToken)) return undefined
      return { actor: hostActor, csrfToken: undefined }
    },
  }
}

const hostActor = createActor({
  id: HOST,
  name: 'CONSOLE_ADMIN_TOKEN',
  kind: 'token',
  personId: HOST,
  tokenId: HOST,
  grants: [{ tenant: ALL_TENANTS, role: 'admin' }],
})

function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S{1,512})$/i.exec(authorization ?? '')?.[1]
}
