import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ConsoleError } from '../errors.ts'
import type { Actor } from './actor.ts'
import { checkOrigin, checkSessionToken } from './cross-site.ts'
import type { Rule } from './define-routes.ts'
import { ALL_TENANTS, isAtLeast } from './roles.ts'

/** Somebody whose credentials are right, and what else the session asks of writes. */
export interface Identified {
  readonly actor: Actor
  /** Of a session by cookie: what `x-csrf-token` must hold. Undefined for a bearer token, which no other site can make a browser send. */
  readonly csrfToken: string | undefined
}

export interface GuardParts {
  /** Undefined: no credentials, or wrong, expired or revoked ones. */
  identify(request: FastifyRequest): Promise<Identified | undefined>
  /** Whether a tenant is one of this installation. */
  isTenant(name: string): boolean
}

const api = /^\/api\//
const tenantPath = '/api/v1/tenants/:tenant'

/**
 * Asks every request below `/api` for what its route declares, before its body is read. Refuses to build a server with a route there that declares
 * nothing.
 */
export function guard(app: FastifyInstance, parts: GuardParts): void {
  app.decorateRequest('actor', { getter: () => mistake('actor') })
  app.decorateRequest('tenant', { getter: () => mistake('tenant') })
  app.addHook('onRoute', ({ url, config }) => {
    if (api.test(url) && config?.role === undefined) throw new Error(`${url} declares no role`)
  })
  app.addHook('onRequest', async (request) => {
    const { role } = request.routeOptions.config
    if (role === undefined) return
    const isWrite = !['GET', 'HEAD'].includes(request.method)
    if (isWrite) checkOrigin(request)
    if (role === 'open') return
    const identified = await parts.identify(request)
    if (identified === undefined) throw new ConsoleError('MR_CONSOLE_UNAUTHENTICATED')
    if (isWrite && identified.csrfToken !== undefined) checkSessionToken(request, identified.csrfToken)
    set(request, 'actor', identified.actor)
    if (request.routeOptions.url?.startsWith(tenantPath)) enterTenant(request, identified.actor, role, parts)
    else checkRole(identified.actor, ALL_TENANTS, role)
  })
}

/** A tenant that is not there and one where somebody has no right look the same. */
function enterTenant(request: FastifyRequest, actor: Actor, role: Rule, { isTenant }: GuardParts): void {
  const { tenant } = request.params as { readonly tenant: string }
  if (actor.roleIn(tenant) === undefined || !isTenant(tenant)) throw new ConsoleError('MR_CONSOLE_NOT_FOUND')
  checkRole(actor, tenant, role)
  set(request, 'tenant', tenant)
}

function checkRole(actor: Actor, tenant: string, role: Rule): void {
  if (role === 'open' || role === 'signed-in' || isAtLeast(actor.roleIn(tenant), role)) return
  const where = tenant === ALL_TENANTS ? 'all tenants' : 'this tenant'
  throw new ConsoleError('MR_CONSOLE_FORBIDDEN', { detail: `This needs the role ${role} in ${where}.` })
}

function set<K extends 'actor' | 'tenant'>(request: FastifyRequest, name: K, value: FastifyRequest[K]): void {
  Object.defineProperty(request, name, { value })
}

function mistake(name: string): never {
  throw new Error(`a route that has no ${name} reads it`)
}
