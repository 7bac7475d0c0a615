import cookie from '@fastify/cookie'
import { uuidv7 } from '@millrace/domain'
import { ServiceKitError } from '@millrace/service-kit'
import Fastify, { type FastifyRequest } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { App, Routes } from './access/define-routes.ts'
import { type GuardParts, guard } from './access/guard.ts'
import { createLimits, type LimitOptions } from './access/limits.ts'
import type { OnAnswer } from './access/observe.ts'
import { refuseOtherMethods } from './access/other-methods.ts'
import { type ProblemParts, problemPage, sendProblem } from './access/problems.ts'
import { refuseUnknownParameters } from './access/strict-queries.ts'
import type { Deps } from './deps.ts'
import { ConsoleError } from './errors.ts'
import { addOpenApi } from './openapi/document.ts'
import { servePage } from './page.ts'
import { bindCursors } from './read/bind-cursors.ts'
import type { ConsoleSettings } from './settings.ts'

export interface ServerOptions extends LimitOptions {
  readonly version: string
  /** Addresses of proxies that are believed. */
  readonly trustedProxies: readonly string[]
  /** Directory of the built page. */
  readonly pageDir: string
}

export type ServerParts = GuardParts & ProblemParts & { readonly onAnswer?: OnAnswer }

const MAX_BODY_BYTES = 262_144
/** Longest time for a request's headers and body to come. */
const REQUEST_TIMEOUT_MS = 30_000
/** Above what load balancers keep a connection to us open. */
const KEEP_ALIVE_MS = 72_000
/** Live streams are connections too; each page has one. */
const MAX_CONNECTIONS = 2_000
const tenantPrefix = '/api/v1/tenants/:tenant'

/** The console's HTTP server, not listening yet: every route of the API behind the guard, problem documents, and headers that hold for all answers. */
export async function createServer(
  routes: readonly Routes[],
  deps: Deps,
  parts: ServerParts,
  { version, trustedProxies, pageDir, ...limits }: ServerOptions,
): Promise<App> {
  const app: App = Fastify({
    logger: false,
    genReqId: uuidv7,
    requestIdHeader: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1_000 },
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply, parts),
  })
  app.server.maxConnections = MAX_CONNECTIONS
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  // A form of another site may send this type without asking; no route takes it.
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, parts))
  app.addHook('onRequest', async (request, reply) => void reply.headers(headersOf(request)))
  app.addHook('onResponse', async (request, reply) => {
    if (request.routeOptions.config.role !== undefined) parts.onAnswer?.(request, reply)
  })
  await app.register(cookie)
  guard(app, parts, await createLimits(app, limits))
  refuseUnknownParameters(app)
  refuseOtherMethods(app)
  bindCursors(app)
  await addOpenApi(app, version)
  app.get<{ Params: { page: string } }>('/problems/:page', async ({ params }, reply) => {
    const text = problemPage(params.page)
    if (text === undefined) throw new ConsoleError('MR_CONSOLE_NOT_FOUND')
    return reply.type('text/plain; charset=utf-8').send(text)
  })
  for (const { scope, register } of routes) {
    const prefix = scope === 'tenant' ? tenantPrefix : '/api/v1'
    await app.register(async (scoped) => register(scoped.withTypeProvider(), deps), { prefix })
  }
  await servePage(app, pageDir)
  return app
}

/** @throws ServiceKitError `MR_SERVICE_PORT_TAKEN` */
export async function listen(app: App, { host, port }: Pick<ConsoleSettings, 'host' | 'port'>): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause
    throw new ServiceKitError('MR_SERVICE_PORT_TAKEN', `Port ${port} on ${host} is in use; CONSOLE_PORT sets another`, {
      cause,
    })
  }
}

const everywhere = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
}

/** What the API says is of one person and one moment. Who came by TLS once is to come by nothing else. */
function headersOf({ url, id, protocol }: FastifyRequest): Record<string, string> {
  return {
    ...everywhere,
    'x-request-id': id,
    ...(url.startsWith('/api/') ? { 'cache-control': 'no-store' } : {}),
    ...(protocol === 'https' ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  }
}
