import type { Log } from '@millrace/kafka'
import { redisScript } from '@millrace/service-kit'
import type { Redis } from 'ioredis'

/** What one endpoint may have: requests open at the same time, and requests a minute. */
export interface Limits {
  readonly inFlight: number
  readonly perMinute: number
}

/** Leave to try one delivery once. */
export interface Grant {
  readonly id: string
  /** Of the endpoint's limit a minute, for `ratelimit-*` headers. */
  readonly limit: number
  readonly remaining: number
  /** Until the oldest that counts ceases to. */
  readonly resetMs: number
}

export interface GrantRequest {
  /** Record key of the endpoint. */
  readonly key: string
  readonly tenant: string
  readonly limits: Limits
  /** Longer than the time-out of a try, milliseconds. */
  readonly leaseMs: number
  /** One for each delivery that waits, oldest first: delivery id and number of the try. */
  readonly tries: readonly string[]
}

export type Verdict =
  | { readonly kind: 'granted'; readonly grant: Grant }
  /** An owner before has it in hand; it ends within so many milliseconds. */
  | { readonly kind: 'leased'; readonly ms: number }
  /** An owner before made this try; its result as it was given to `end`. */
  | { readonly kind: 'ended'; readonly result: string }
  | { readonly kind: 'full' }

export type GrantAnswer =
  | {
      readonly kind: 'verdicts'
      readonly verdicts: readonly Verdict[]
      /** What there was too little of: places (one comes free when a try ends) or tries a minute; empty when every try got its verdict. */
      readonly short: '' | 'open' | 'rate'
      /** Until that changes by itself. */
      readonly waitMs: number
    }
  /** Nothing is granted now: `lost`: Redis lost its counts; `blocked`: the endpoint wants nothing; `away`: Redis does not answer. */
  | { readonly kind: 'wait'; readonly ms: number; readonly why: 'lost' | 'blocked' | 'away' }

export interface EndedGrant {
  readonly key: string
  readonly tenant: string
  readonly grant: string
  readonly try: string
  readonly wasSent: boolean
  /** For an owner that comes later; empty when the try is to be made again. */
  readonly result: string
  /** For so long the endpoint wants nothing more; 0 when it did not say so. */
  readonly blockMs: number
}

/** Limits that hold over all processes, in Redis and by its clock. Neither method rejects. */
export interface Grants {
  take(request: GrantRequest): Promise<GrantAnswer>
  /** Call once the connection is free again or closed. */
  end(ended: EndedGrant): Promise<void>
  /** Notes that everything that follows from a try has been written, so that a later owner has nothing to do. */
  concluded(request: { readonly tenant: string; readonly try: string }): Promise<void>
}

export interface GrantsOptions {
  readonly redis: Pick<Redis, 'evalsha' | 'eval' | 'set'>
  readonly tenantLimits: Limits
  /** Within which `perMinute` counts; 60 000 outside tests. */
  readonly windowMs: number
  /** The longest lease that any process may have given. */
  readonly longestLeaseMs: () => number
  /** Whether anything may have been sent ever: a fresh installation need not wait for grants of before. */
  readonly wasEverUsed: () => Promise<boolean>
  readonly log: Log
}

/** A result is asked for by whoever owns the partition next, within a rebalance. */
const RESULT_KEPT_MS = 120_000
const AWAY_PAUSE_MS = 1_000
/** What every later owner is told of a try whose consequences are written. */
export const CONCLUDED = '{}'

const grantScript = redisScript(new URL('./grant.lua', import.meta.url))
const endScript = redisScript(new URL('./end-grant.lua', import.meta.url))
const startScript = redisScript(new URL('./start-limits.lua', import.meta.url))

const MARKER = 'delivery:limits'
const openKey = (key: string) => `delivery:open:${key}`
const recentKey = (key: string) => `delivery:recent:${key}`
const blockKey = (key: string) => `delivery:block:${key}`
const tryKey = (tenant: string, name: string) => `delivery:try:${tenant}/${name}`
// A slash ends a tenant's name in every key of an endpoint, so no endpoint has this one.
const tenantKey = (tenant: string) => `tenant:${tenant}`

export function createGrants(options: GrantsOptions): Grants {
  const { redis, tenantLimits, windowMs, log } = options
  let seen = 0
  let wasUsed = false

  const startOver = async (): Promise<GrantAnswer> => {
    const isUsed = wasUsed || (await options.wasEverUsed())
    const waitMs = isUsed ? options.longestLeaseMs() + windowMs : 0
    seen = 0
    const isFirst = (await startScript(redis, [MARKER], [waitMs])) === 1
    if (isFirst && isUsed)
      log.warn({ waitMs }, 'Redis lost what was sent; nothing is sent until that can count no more')
    return { kind: 'wait', ms: isFirst ? waitMs : 0, why: 'lost' }
  }

  const ask = async ({ key, tenant, limits, leaseMs, tries }: GrantRequest): Promise<GrantAnswer> => {
    const of = tenantKey(tenant)
    const counted = [openKey(key), recentKey(key), openKey(of), recentKey(of)]
    const answer = (await grantScript(
      redis,
      [MARKER, ...counted, blockKey(key), ...tries.map((name) => tryKey(tenant, name))],
      [
        seen,
        limits.inFlight,
        limits.perMinute,
        tenantLimits.inFlight,
        tenantLimits.perMinute,
        leaseMs,
        windowMs,
        ...tries,
      ],
    )) as (string | number)[]
    const [kind, ...rest] = answer
    if (kind === 'lost') return startOver()
    if (kind === 'wait') return { kind: 'wait', ms: Number(rest[0]), why: 'lost' }
    if (kind === 'blocked') return { kind: 'wait', ms: Number(rest[0]), why: 'blocked' }
    const [remaining, resetMs, short, waitMs, ...verdicts] = rest
    const counts = { limit: limits.perMinute, remaining: Number(remaining), resetMs: Number(resetMs) }
    const read = Array.from({ length: verdicts.length / 2 }, (_, place) =>
      verdictOf(String(verdicts[place * 2]), String(verdicts[place * 2 + 1]), counts),
    )
    for (const verdict of read) if (verdict.kind === 'granted') seen = Math.max(seen, Number(verdict.grant.id))
    wasUsed ||= seen > 0
    return { kind: 'verdicts', verdicts: read, short: short as '' | 'open' | 'rate', waitMs: Number(waitMs) }
  }

  return {
    async take(request) {
      try {
        return await ask(request)
      } catch (error) {
        log.warn({ error: (error as Error).message }, 'Redis does not grant tries, deliveries wait')
        return { kind: 'wait', ms: AWAY_PAUSE_MS, why: 'away' }
      }
    },
    async end({ key, tenant, grant, try: name, wasSent, result, blockMs }) {
      const of = tenantKey(tenant)
      try {
        await endScript(
          redis,
          [openKey(key), recentKey(key), openKey(of), recentKey(of), blockKey(key), tryKey(tenant, name)],
          [grant, wasSent ? windowMs : 0, result, RESULT_KEPT_MS, Math.round(blockMs), options.longestLeaseMs()],
        )
      } catch (error) {
        // It then counts until its lease has ended and a window more, which is too long and never too short.
        log.warn({ error: (error as Error).message }, 'the end of a try could not be told to Redis')
      }
    },
    async concluded({ tenant, try: name }) {
      try {
        await redis.set(tryKey(tenant, name), CONCLUDED, 'PX', RESULT_KEPT_MS)
      } catch {
        // A later owner concludes it once more, which the receiver does not see.
      }
    },
  }
}

function verdictOf(kind: string, detail: string, counts: Omit<Grant, 'id'>): Verdict {
  if (kind === 'granted') return { kind, grant: { id: detail, ...counts } }
  if (kind === 'leased') return { kind, ms: Number(detail) }
  if (kind === 'ended') return { kind, result: detail }
  return { kind: 'full' }
}
