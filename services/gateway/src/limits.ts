import { normalizeIP } from '@fastify/rate-limit'
import type { Source } from '@millrace/service-kit'
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
  checkAddress(exchange: Exchange): void
  /** The source's own limit, then that of its tenant; after verification, so that nobody else can use them up. */
  checkSource(exchange: Exchange, source: Source): void
}

/** Fixed windows over the shared counts. @fastify/rate-limit says which addresses are one client; its limiter makes six promises for each request. */
export function createLimits({ counts, perAddress, perTenant }: LimitsOptions): Limits {
  const check = (key: string, max: number, exchange: Exchange, rule: Rule) => {
    const { current, ttl } = counts.add(key, WINDOW_MS, rule === 'rate-per-address')
    tell({ max, remaining: Math.max(0, max - current), seconds: Math.ceil(ttl / 1_000) }, exchange, current > max)
    if (current > max) throw limited(rule, max, Math.ceil(ttl / 1_000))
  }
  return {
    checkAddress(exchange) {
      if (perAddress > 0) check(`address:${normalizeIP(exchange.address)}`, perAddress, exchange, 'rate-per-address')
    },
    checkSource(exchange, { name, tenant, rateLimitPerMinute }) {
      check(`source:${name}`, rateLimitPerMinute, exchange, 'rate-per-source')
      const ofTenant = perTenant(tenant)
      if (ofTenant > 0) check(`tenant:${tenant}`, ofTenant, exchange, 'rate-per-tenant')
    },
  }
}

type Rule = keyof typeof whose

const whose = {
  'rate-per-address': 'this address',
  'rate-per-source': 'this source',
  'rate-per-tenant': 'the sources of this tenant together',
} as const

interface Left {
  readonly max: number
  readonly remaining: number
  /** Until the window ends. */
  readonly seconds: number
}

/** Of several limits the answer tells the one that is nearest, or was exceeded. */
function tell({ max, remaining, seconds }: Left, exchange: Exchange, isExceeded: boolean): void {
  const told = exchange.headers?.['ratelimit-remaining']
  if (told !== undefined && Number(told) < remaining && !isExceeded) return
  exchange.headers = {
    ...exchange.headers,
    'ratelimit-limit': String(max),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(seconds),
  }
}

function limited(rule: Rule, max: number, retryAfterSeconds: number): GatewayError {
  return new GatewayError('MR_GATEWAY_RATE_LIMITED', {
    rule,
    detail: `More than ${max} requests a minute from ${whose[rule]}.`,
    retryAfterSeconds,
  })
}
