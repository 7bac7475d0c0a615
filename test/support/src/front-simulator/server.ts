import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import { addApiRoutes } from './api-routes.ts'
import { addControlRoutes } from './control-routes.ts'
import { applyFault, createFaults, errorBody, type Fault } from './faults.ts'
import { learn } from './learn.ts'
import { createPlanLimit, type PlanLimit } from './plan-limit.ts'
import { createSubscriptions, type Subscriptions } from './subscriptions.ts'
import { createWorld, type World } from './world.ts'

export interface FrontSimulatorOptions {
  /** Default 0: a free one. */
  readonly port?: number
  /** Token that calls must carry. Default `simulated-token`. */
  readonly token?: string
  /** Calls a minute of the company's plan; null (default): no limit. */
  readonly callsPerMinute?: number | null
  /** Make up a conversation for every unknown `cnv_` id. Default false. */
  readonly autoCreate?: boolean
  readonly now?: () => number
}

/** A call to the API, in order of arrival. */
export interface SimulatorCall {
  readonly at: number
  readonly path: string
  readonly query: Readonly<Record<string, unknown>>
  /** Null while it is open, or when the connection ended without an answer. */
  status: number | null
}

export interface FrontSimulator {
  readonly url: string
  readonly port: number
  readonly token: string
  /** Conversations, messages, comments, events, merges. */
  readonly world: World
  /** Webhooks that are set up in this Front. */
  readonly webhooks: Subscriptions
  /** Brings the world to the state that a Front webhook's JSON tells of. */
  learn(webhook: unknown): string | null
  fail(...faults: Fault[]): void
  clearFaults(): void
  /** Calls a minute from now on, with a full minute and burst pool; null lifts the limit. */
  limit(callsPerMinute: number | null): void
  /** The last 10 000 calls; with a part of the path, those that have it. */
  calls(path?: string): SimulatorCall[]
  /** All calls so far by status, `none` for those without an answer, and `total`. */
  counts(): Record<string, number>
  /** Forgets world, faults, calls and counts. */
  reset(): void
  close(): Promise<void>
}

const KEPT_CALLS = 10_000
const CONTROL = '/_control'

/** A Front Core API over real HTTP, with limits, paging, merges and faults. */
export async function startFrontSimulator(options: FrontSimulatorOptions = {}): Promise<FrontSimulator> {
  const token = options.token ?? 'simulated-token'
  const now = options.now ?? Date.now
  const world = createWorld({ autoCreate: options.autoCreate ?? false, now })
  const faults = createFaults()
  const log = createCallLog(now)
  const app = fastify({ forceCloseConnections: true, bodyLimit: 8 * 1_048_576 })
  let plan: PlanLimit | null = null
  let url = ''
  const limit = (callsPerMinute: number | null): void => {
    plan = callsPerMinute === null ? null : createPlanLimit(callsPerMinute)
  }
  limit(options.callsPerMinute ?? null)

  app.addHook('onRequest', async (request, reply) => {
    const [path = ''] = request.url.split('?')
    if (path === '/' || path.startsWith(CONTROL)) return
    const call = log.begin(path, request.query as Record<string, unknown>)
    reply.raw.once('finish', () => log.end(call, reply.raw.statusCode))
    const fault = faults.take(path)
    if (fault && (await applyFault(fault, reply))) return reply
    if (request.headers.authorization !== `Bearer ${token}`)
      return reply.code(401).send(errorBody(401, 'Could not authenticate'))
    const verdict = plan?.take(now())
    reply.headers(verdict?.headers ?? {})
    if (verdict && !verdict.isAllowed) return reply.code(429).send(errorBody(429, 'Rate limit exceeded'))
  })
  app.setNotFoundHandler((_, reply) => reply.code(404).send(errorBody(404, 'Unknown resource')))
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
    webhooks: createSubscriptions(now),
    learn: (webhook) => learn(world, webhook),
    fail: faults.add,
    clearFaults: faults.clear,
    limit,
    calls: log.calls,
    counts: log.counts,
    reset: () => {
      world.reset()
      simulator.webhooks.clear()
      faults.clear()
      log.clear()
    },
    close: () => app.close(),
  }
  addControlRoutes(app, CONTROL, simulator)
  url = await listen(app, options.port ?? 0)
  return simulator
}

async function listen(app: FastifyInstance, port: number): Promise<string> {
  await app.listen({ port, host: '127.0.0.1' })
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

function createCallLog(now: () => number) {
  let kept: SimulatorCall[] = []
  let total = 0
  let byStatus: Record<string, number> = {}
  return {
    begin: (path: string, query: Record<string, unknown>): SimulatorCall => {
      const call: SimulatorCall = { at: now(), path, query, status: null }
      kept.push(call)
      if (kept.length > KEPT_CALLS * 2) kept = kept.slice(-KEPT_CALLS)
      total++
      return call
    },
    end: (call: SimulatorCall, status: number): void => {
      call.status = status
      byStatus[status] = (byStatus[status] ?? 0) + 1
    },
    calls: (path = ''): SimulatorCall[] => kept.slice(-KEPT_CALLS).filter((call) => call.path.includes(path)),
    counts: (): Record<string, number> => {
      const answered = Object.values(byStatus).reduce((sum, count) => sum + count, 0)
      return { ...byStatus, none: total - answered, total }
    },
    clear: (): void => {
      kept = []
      total = 0
      byStatus = {}
    },
  }
}
