import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ConsoleError } from '../errors.ts'
import type { Actor } from './actor.ts'
import { checkOrigin, checkSessionToken } from './cross-site.ts'
import type { Rule } from './define-routes.ts'
import { ALL_TENANTS, isAtLeast } from './roles.ts'

/** Somebody whose credentials are right, and what else the session asks of writes. */
export interface Identified {
  readonly actor: Actor
  /** Undefined for a bearer token, which no other site can make a browser send. */
  readonly session: Session | undefined
}

/** A login by cookie. */
export interface Session {
  /** SHA-256 of the cookie's value. */
  readonly hash: string
  /** What `x-csrf-token` must hold in writes. */
  readonly csrfToken: string
  readonly expiresAt: number
  readonly hasPassword: boolean
  /** Begun by a one-time code, and no password set since. */
  readonly isByCode: boolean
}

export interface GuardParts {
  /** Undefined: no credentials, or wrong, expired or revoked ones. */
  identify(request: FastifyRequest): Promise<Identified | undefined>
  /** Whether a tenant is one of this installation. */
  isTenant(name: string): Promise<boolean>
}

/** Counts requests of an address; throws ConsoleError `MR_CONSOLE_TOO_MANY`. */
export type Limit = (request: FastifyRequest) => Promise<void>

const api = /^\/api\//
const tenantPath = '/api/v1/tenants/:tenant'

/**
 * Asks every request below `/api` for what its route declares, before its body is read. Refuses to build a server with a route there that declares
 * nothing or is not in the document.
 */
export function guard(
  app: FastifyInstance,
  parts: GuardParts,
  limits: { readonly all: Limit; readonly logins: Limit },
): void {
  app.decorateRequest('actor', { getter: () => mistake('actor') })
  app.decorateRequest('tenant', { getter: () => mistake('tenant') })
  app.decorateRequest('session', { getter: () => mistake('session') })
  app.addHook('onRoute', ({ url, config, schema }) => {
    if (!api.test(url)) return
    if (config?.role === undefined) throw new Error(`${url} declares no role`)
    if (schema?.hide) throw new Error(`${url} hides from the document, from which the tests of access are made`)
  })
  app.addHook('onRequest', async (request) => {
    const { role, limit } = request.routeOptions.config
    if (role === undefined) return
    await limits[limit ?? 'all'](request)
    const isWrite = !['GET', 'HEAD'].includes(request.method)
    if (isWrite) checkOrigin(request)
    if (role === 'open') return
    const identified = await parts.identify(request)
    if (identified === undefined) throw new ConsoleError('MR_CONSOLE_UNAUTHENTICATED')
    const { actor, session } = identified
    if (isWrite && session !== undefined) checkSessionToken(request, session.csrfToken)
    set(request, 'actor', actor)
    set(request, 'session', session)
    if (request.routeOptions.url?.startsWith(tenantPath)) await enterTenant(request, actor, role, parts)
    else checkRole(actor, ALL_TENANTS, role)
  })
}

/** A tenant that is not there and one where somebody has no right look the same. */
async function enterTenant(request: FastifyRequest, actor: Actor, role: Rule, { isTenant }: GuardParts): Promise<void> {
  const { tenant } = request.params as { readonly tenant: string }
  if (actor.roleIn(tenant) === undefined || !(await isTenant(tenant))) throw new ConsoleError('MR_CONSOLE_NOT_FOUND')
  checkRole(actor, tenant, role)
  set(request, 'tenant', tenant)
}

function checkRole(actor: Actor, tenant: string, role: Rule): void {
  if (role === 'open' || role === 'signed-in' || isAtLeast(actor.roleIn(tenant), role)) return
  const where = tenant === ALL_TENANTS ? 'all tenants' : 'this tenant'
  throw new ConsoleError('MR_CONSOLE_FORBIDDEN', { detail: `This needs the role ${role} in ${where}.` })
}

function set<K extends 'actor' | 'tenant' | 'session'>(
  request: FastifyRequest,
  name: K,
  value: FastifyRequest[K],
): void {
  Object.defineProperty(request, name, { value })
}

function mistake(name: string): never {
  throw new Error(`a route that has no ${name} reads it`)
}
