import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import type { Actor } from './actor.ts'
import type { Session } from './guard.ts'
import type { Role } from './roles.ts'

/** What a route asks of its caller: a role, any session or token (`signed-in`), or nothing (`open`). */
export type Rule = Role | 'signed-in' | 'open'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route; a route below `/api` without one is refused when the server is built. */
    role?: Rule
    /** A route that may be tried less often: each try costs a password's hash, or could be a guess. */
    limit?: 'logins'
    /** A list whose parameters are the body's: one of them may name somebody, and URLs are written into logs on their way. */
    isSearch?: true
  }
  interface FastifyRequest {
    /** Who calls. Reading it in an `open` route is a mistake and throws. */
    actor: Actor
    /** The tenant of the path, in which the actor has the route's role. Reading it in a route without one throws. */
    tenant: string
    /** The caller's login; undefined for a token. */
    session: Session | undefined
  }
}

/** Fastify whose handlers are typed by the zod schemas of their route. */
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

export interface Routes {
  /** `tenant`: below `/api/v1/tenants/{tenant}`; `global`: below `/api/v1`. */
  readonly scope: 'tenant' | 'global'
  register(app: App, deps: Deps): void
}

/**
 * Routes below `/api/v1/tenants/{tenant}`. Each declares `config: { role }` and a schema with `operationId`, `summary`, `tags` and `response`; whoever
 * has no right in the tenant gets 404, whoever has less than the role 403, both before anything of the request is read.
 * `deps` are for handlers only: while routes are registered for the API document there are none.
 */
export function defineRoutes(register: Routes['register']): Routes {
  return { scope: 'tenant', register }
}

/** Routes below `/api/v1` that belong to no tenant; a role there is one in all tenants. */
export function defineGlobalRoutes(register: Routes['register']): Routes {
  return { scope: 'global', register }
}
