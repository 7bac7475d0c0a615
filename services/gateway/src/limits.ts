import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { Source } from '@millrace/service-kit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { SharedCounts } from './shared-counts.ts'

const WINDOW_MS = 60_000

export interface LimitsOptions {
  readonly counts: SharedCounts
  /** Requests a minute; 0 for no limit. */
  readonly perAddress: number
  /** Requests a minute of all sources of a tenant; 0 for no limit. */
  perTenant(tenant: string): number
}

/** Each throws GatewayError `MR_GATEWAY_RATE_LIMITED` beyond the limit, and sets the `ratelimit-*` headers of the answer. */
export interface Limits {
  /** Before any work is done. */
  checkAddress(exchange: Exchange): Promise<void>
  /** The source's own limit, then that of its tenant; after verification, so that nobody else can use them up. */
  checkSource(exchange: Exchange, source: Source): Promise<void>
}

/** Limits by @fastify/rate-limit over the shared counts. */
export async function createLimits(app: FastifyInstance, options: LimitsOptions): Promise<Limits> {
  const { counts, perAddress, perTenant } = options
  await app.register(rateLimit, { global: false, store: storeOver(counts) })
  const ask = app.createRateLimit({
    max: (request) => asked(request).max,
    timeWindow: WINDOW_MS,
    keyGenerator: (request) => asked(request).key,
  })
  const check = async (key: string, max: number) => ask(question({ key, max }))
  return {
    async checkAddress(exchange) {
      if (perAddress === 0) return
      apply(await check(`address:${normalizeIP(exchange.address)}`, perAddress), exchange, 'rate-per-address')
    },
    async checkSource(exchange, { name, tenant, rateLimitPerMinute }) {
      apply(await check(`source:${name}`, rateLimitPerMinute), exchange, 'rate-per-source')
      const ofTenant = perTenant(tenant)
      if (ofTenant > 0) apply(await check(`tenant:${tenant}`, ofTenant), exchange, 'rate-per-tenant')
    },
  }
}

interface Question {
  readonly key: string
  readonly max: number
}

/** What the plugin reads of a request: webhooks have no Fastify request. */
function question({ key, max }: Question): FastifyRequest {
  return { key, max, routeOptions: {} } as unknown as FastifyRequest
}

function asked(request: FastifyRequest): Question {
  return request as unknown as Question
}

type Verdict = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>

const whose = {
  'rate-per-address': 'this address',
  'rate-per-source': 'this source',
  'rate-per-tenant': 'the sources of this tenant together',
} as const

/** Of several limits the answer tells the one that is nearest. */
function apply(verdict: Verdict, exchange: Exchange, rule: keyof typeof whose): void {
  if (verdict.isAllowed) return
  const { max, remaining, ttlInSeconds, isExceeded } = verdict
  const told = exchange.headers?.['ratelimit-remaining']
  if (told !== undefined && Number(told) < remaining && !isExceeded) return
  exchange.headers = {
    ...exchange.headers,
    'ratelimit-limit': String(max),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(ttlInSeconds),
  }
  if (!isExceeded) return
  throw new GatewayError('MR_GATEWAY_RATE_LIMITED', {
    rule,
    detail: `More than ${max} requests a minute from ${whose[rule]}.`,
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
