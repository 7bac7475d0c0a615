import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { createRandom } from '../random.ts'
import { createAccess, type OAuthClient, scopeOf } from './access.ts'
import { addApiRoutes } from './api-routes.ts'
import { createCallLog, type SimulatorCall } from './call-log.ts'
import { type Company, createCompany } from './company.ts'
import { addControlRoutes } from './control-routes.ts'
import { applyFault, createFaults, errorBody, type Fault } from './faults.ts'
import { learn } from './learn.ts'
import { type BudgetCounts, createPlanLimit, type PlanLimit, type PlanLimitOptions } from './plan-limit.ts'
import { createEventSender, type SentCounts, type WebhookTrouble } from './send-events.ts'
import { createSubscriptions, type Subscriptions } from './subscriptions.ts'
import { createWorld, type World } from './world.ts'

export type { SimulatorCall } from './call-log.ts'

export interface FrontSimulatorOptions {
  /** Default 0: a free one. */
  readonly port?: number
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string
  /** Where callers reach it, for the links that it gives out, when that is not 127.0.0.1 and the port. */
  readonly url?: string
  /** Token that calls must carry. Default `simulated-token`. */
  readonly token?: string
  /** Calls a minute of the company's plan; null (default): no limit. */
  readonly callsPerMinute?: number | null
  /** Make up a conversation for every unknown `cnv_` id. Default false. */
  readonly autoCreate?: boolean
  readonly now?: () => number
  /** An OAuth client that may fetch access tokens at `POST /oauth/token`, beside the API token. */
  readonly oauth?: OAuthClient
  /** Decides which webhooks are lost, late or previews. Default 1. */
  readonly seed?: number
  /** Part of every id that is made here; default `sim`. Take another where ids must not come again. */
  readonly run?: string
  /** Before the first repeat of a webhook; twice as long before each other. Default 1 000. */
  readonly repeatAfterMs?: number
}

export interface FrontSimulator {
  readonly url: string
  readonly port: number
  readonly token: string
  /** Conversations, messages, comments, events, merges. */
  readonly world: World
  /** What people do in this Front: conversations live, events are listed, webhooks sent. */
  readonly company: Company
  /** Webhooks that are set up in this Front. */
  readonly webhooks: Webhooks
  /** Brings the world to the state that a Front webhook's JSON tells of. */
  learn(webhook: unknown): string | null
  fail(...faults: Fault[]): void
  clearFaults(): void
  /** Calls a minute from now on, with a full minute and burst pool; null lifts the limit. Counts begin anew. */
  limit(callsPerMinute: number | null, options?: PlanLimitOptions): void
  /** The plan as the simulator counts it; null without a limit. */
  budget(): BudgetCounts | null
  /** The whole API answers 503 until told otherwise. */
  outage(isDown: boolean): void
  /** Calls may use only these scopes (`events:*:read` …); null: all. */
  scopes(scopes: readonly string[] | null): void
  /** Every token is refused (401), or good again. */
  revoke(isRevoked: boolean): void
  /** OAuth access tokens that were given out. */
  tokensGiven(): number
  /** The last 10 000 calls; with a part of the path, those that have it. */
  calls(path?: string): SimulatorCall[]
  /** All calls so far by status, `none` for those without an answer, and `total`. */
  counts(): Record<string, number>
  /** Forgets world, webhooks, faults, calls and counts. */
  reset(): void
  close(): Promise<void>
}

/** The webhooks of this Front, and what happens to those that events cause. */
export interface Webhooks extends Subscriptions {
  /** What goes wrong with webhooks from now on; `{}` ends it. */
  trouble(trouble: WebhookTrouble): void
  troubled(): WebhookTrouble
  counts(): SentCounts
  /** Ids of events whose webhook was lost, or sent late. */
  lost(): readonly string[]
  late(): readonly string[]
}

const CONTROL = '/_control'

/** A Front over real HTTP: its Core API with plan, paging, merges and faults, and its webhooks. */
export async function startFrontSimulator(options: FrontSimulatorOptions = {}): Promise<FrontSimulator> {
  const token = options.token ?? 'simulated-token'
  const now = options.now ?? Date.now
  const world = createWorld({ autoCreate: options.autoCreate ?? false, now, ...(options.run && { run: options.run }) })
  const faults = createFaults()
  const log = createCallLog(now)
  const access = createAccess(token, options.oauth, now)
  const app = fastify({ forceCloseConnections: true, bodyLimit: 8 * 1_048_576 })
  let url = ''
  const subscriptions = createSubscriptions(now, options.repeatAfterMs)
  const random = createRandom(options.seed ?? 1)
  const sender = createEventSender({ world, subscriptions, linkBase: () => url, random })
  const guard = createGuard(now)
  guard.limit(options.callsPerMinute ?? null)

  app.addHook('onRequest', async (request, reply) => {
    const [path = ''] = request.url.split('?')
    if (path === '/' || path === TOKEN_PATH || path.startsWith(CONTROL)) return
    const call = log.begin(path, request.query as Record<string, unknown>)
    reply.raw.once('finish', () => log.end(call, reply.raw.statusCode))
    const fault = faults.take(path)
    if (fault && (await applyFault(fault, reply))) return reply
    if (guard.isDown()) return reply.code(503).send(errorBody(503, 'Service unavailable'))
    const problem = access.problem(request.headers.authorization, scopeOf(path))
    if (problem?.status === 401) return reply.code(401).send(errorBody(401, problem.message))
    const verdict = guard.take(path)
    reply.headers(verdict?.headers ?? {})
    if (verdict && !verdict.isAllowed) return reply.code(429).send(errorBody(429, verdict.message))
    if (problem) return reply.code(problem.status).send(errorBody(problem.status, problem.message))
  })
  app.setNotFoundHandler((_, reply) => reply.code(404).send(errorBody(404, 'Unknown resource')))
  addTokenRoute(app, access.token)
  addApiRoutes(app, world, () => url)
  const simulator: FrontSimulator = {
    get url() {
      return url
    },
    get port() {
      return Number(new URL(url).port)
    },
    token,
    world,
    company: createCompany({ world, now, emit: sender.emit }),
    webhooks: {
      ...subscriptions,
      trouble: sender.trouble,
      troubled: sender.troubled,
      counts: sender.counts,
      lost: sender.lost,
      late: sender.late,
    },
    learn: (webhook) => learn(world, webhook),
    fail: faults.add,
    clearFaults: faults.clear,
    limit: guard.limit,
    budget: guard.budget,
    outage: guard.outage,
    scopes: access.limitScopes,
    revoke: access.revoke,
    tokensGiven: access.tokensGiven,
    calls: log.calls,
    counts: log.counts,
    reset: () => {
      world.reset()
      simulator.webhooks.clear()
      simulator.webhooks.trouble({})
      faults.clear()
      guard.outage(false)
      access.limitScopes(null)
      access.revoke(false)
      log.clear()
    },
    close: () => {
      sender.close()
      return app.close()
    },
  }
  addControlRoutes(app, CONTROL, simulator)
  const ownUrl = await listen(app, options.port ?? 0, options.host ?? '127.0.0.1')
  url = options.url ?? ownUrl
  return simulator
}

/** What stands before every call: the plan, and an outage of the whole API. */
function createGuard(now: () => number) {
  let plan: PlanLimit | null = null
  let isDown = false
  return {
    limit: (callsPerMinute: number | null, options?: PlanLimitOptions): void => {
      plan = callsPerMinute === null ? null : createPlanLimit(callsPerMinute, options)
    },
    budget: () => plan?.counts() ?? null,
    outage: (down: boolean): void => {
      isDown = down
    },
    isDown: () => isDown,
    take: (path: string) => plan?.take(now(), costOf(path)),
  }
}

/** Calls about one conversation, message or event are costly; lists of the company are not. */
function costOf(path: string): { resource?: string; isSearch?: boolean } {
  if (path.startsWith('/conversations/search/')) return { isSearch: true }
  const resource = /^\/(?:conversations|messages|events)\/([^/]+)/.exec(path)?.[1]
  return resource === undefined ? {} : { resource }
}

const TOKEN_PATH = '/oauth/token'

function addTokenRoute(app: FastifyInstance, answer: ReturnType<typeof createAccess>['token']): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  )
  app.post(TOKEN_PATH, (request: FastifyRequest, reply) => {
    const { status, body } = answer(request.headers.authorization, (request.body ?? {}) as Record<string, string>)
    return reply.code(status).send(body)
  })
}

async function listen(app: FastifyInstance, port: number, host: string): Promise<string> {
  await app.listen({ port, host })
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}
