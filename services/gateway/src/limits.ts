import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from './errors.ts'
import type { SharedCounts } from './shared-counts.ts'

const WINDOW_MS = 60_000

export interface LimitsOptions {
  readonly counts: SharedCounts
  /** Requests a minute; 0 for no limit. */
  readonly perAddress: number
  /** Requests a minute of the request's source; undefined when it has none. */
  perSource(request: FastifyRequest): { readonly name: string; readonly limit: number } | undefined
}

/** Each throws GatewayError `MR_GATEWAY_RATE_LIMITED` beyond the limit, and sets the `ratelimit-*` headers of the answer. */
export interface Limits {
  /** Before any work is done. */
  checkAddress(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** After verification, so that nobody else can use a source's limit up. */
  checkSource(request: FastifyRequest, reply: FastifyReply): Promise<void>
}

/** Limits by @fastify/rate-limit over the shared counts. */
export async function createLimits(app: FastifyInstance, options: LimitsOptions): Promise<Limits> {
  const { counts, perAddress, perSource } = options
  await app.register(rateLimit, { global: false, store: storeOver(counts) })
  const byAddress = app.createRateLimit({
    max: perAddress,
    timeWindow: WINDOW_MS,
    keyGenerator: (request) => `address:${normalizeIP(request.ip)}`,
  })
  const bySource = app.createRateLimit({
    max: (request) => perSource(request)?.limit ?? 0,
    timeWindow: WINDOW_MS,
    keyGenerator: (request) => `source:${perSource(request)?.name}`,
  })
  return {
    async checkAddress(request, reply) {
      if (perAddress > 0) apply(await byAddress(request), reply, 'rate-per-address')
    },
    async checkSource(request, reply) {
      if (perSource(request) !== undefined) apply(await bySource(request), reply, 'rate-per-source')
    },
  }
}

type Verdict = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>

function apply(verdict: Verdict, reply: FastifyReply, rule: string): void {
  if (verdict.isAllowed) return
  const { max, remaining, ttlInSeconds, isExceeded } = verdict
  reply.headers({ 'ratelimit-limit': max, 'ratelimit-remaining': remaining, 'ratelimit-reset': ttlInSeconds })
  if (!isExceeded) return
  const whose = rule === 'rate-per-address' ? 'this address' : 'this source'
  throw new GatewayError('MR_GATEWAY_RATE_LIMITED', {
    rule,
    detail: `More than ${max} requests a minute from ${whose}.`,
    retryAfterSeconds: ttlInSeconds,
  })
}

/** The plugin makes its stores by `new`, one for each limiter; all of ours are the same counts. */
function storeOver(counts: SharedCounts) {
  return class Store {
    incr(
      key: string,
      callback: (error: null, result: { current: number; ttl: number }) => void,
      windowMs: number,
    ): void {
      callback(null, counts.add(key, windowMs))
    }
    child(): Store {
      return this
    }
  }
}
