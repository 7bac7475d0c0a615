import { topicKey } from '@millrace/domain'
import { healthKey, parseEntries, readBudgetStanding, readLastCalls } from '@millrace/front-client'
import type { Redis } from 'ioredis'
import { credentialsId, isCallable } from './front-account.ts'
import type { SourcesHolder } from './hold-sources.ts'
import type { Account } from './sources.ts'

/** What Front refuses to an account's token. Times are epoch milliseconds. */
export interface FrontRefusal {
  /** Path without ids; `*`: the token is not accepted at all. */
  readonly route: string
  readonly status: number
  readonly missing_scopes: readonly string[]
  readonly since: number
  readonly next_try_at: number
}

export interface FrontAccountState {
  readonly tenant: string
  readonly account: string
  /** False: neither an API token nor an authorised OAuth client is configured. */
  readonly is_callable: boolean
  /** The setting. */
  readonly calls_per_minute: number
  /** Calls a minute of the plan as Front's answers tell it; null while none of the last quarter of an hour did. The lower of the two holds. */
  readonly plan: number | null
  /** Calls left of it in this minute for all services together; null while not known. */
  readonly remaining: number | null
  /** Calls left in the burst pool. */
  readonly burst_remaining: number | null
  /** Calls of the plan that count now, by what they are for, the most urgent first. */
  readonly lanes: readonly { readonly lane: string; readonly used: number; readonly is_waiting: boolean }[]
  /** When Front last answered a call of any service; null: not in the last week. */
  readonly last_success_at: number | null
  /** When it last answered 5xx, broken, late or not at all. After `last_success_at`: it is away since. */
  readonly last_failure_at: number | null
  /** `MR_FRONT_…`: how it failed then. */
  readonly last_failure: string | null
  readonly is_degraded: boolean
  readonly refused: readonly FrontRefusal[]
}

export interface FrontAccountStatesOptions {
  readonly redis: Pick<Redis, 'hgetall' | 'zrangebyscore'>
  readonly sources: Pick<SourcesHolder, 'current'>
  /** Only so many, the first of the sources file. Default: all. */
  readonly most?: number
  /** False: this process has no tokens, so `is_callable` is false and what was refused to former tokens is told too. Default true. */
  readonly knowsTokens?: boolean
}

const DEADLINE_MS = 1_000

/**
 * Every Front account with what its services have noted of its token, for a status page. Null when Redis, where they note it, does not tell within
 * a second.
 */
export async function readFrontAccountStates({
  redis,
  sources,
  most,
  knowsTokens = true,
}: FrontAccountStatesOptions): Promise<readonly FrontAccountState[] | null> {
  const accounts = sources
    .current()
    .accounts.filter(({ provider }) => provider === 'front')
    .slice(0, most)
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(null), DEADLINE_MS)
  try {
    return await Promise.race([
      Promise.all(accounts.map((account) => stateOf(redis, account, knowsTokens))),
      late.promise,
    ])
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}

async function stateOf(
  redis: FrontAccountStatesOptions['redis'],
  account: Account,
  knowsTokens: boolean,
): Promise<FrontAccountState> {
  const { tenant, name, callsPerMinute } = account
  const key = topicKey(tenant, name)
  const [found, budget, calls] = await Promise.all([
    redis.hgetall(healthKey(key)),
    readBudgetStanding(redis, key, callsPerMinute),
    readLastCalls(redis, key),
  ])
  const entries = parseEntries(found)
  // What was refused to former credentials says nothing of these.
  const refused = entries
    .filter(({ credentials }) => !knowsTokens || credentials === credentialsId(account))
    .map(({ route, status, missingScopes, since, nextTryAt }) => {
      return { route, status, missing_scopes: missingScopes, since, next_try_at: nextTryAt }
    })
  return {
    tenant,
    account: name,
    is_callable: isCallable(account),
    calls_per_minute: callsPerMinute,
    plan: budget.plan,
    remaining: budget.remaining,
    burst_remaining: budget.burstRemaining,
    lanes: budget.lanes.map(({ lane, used, isWaiting }) => ({ lane, used, is_waiting: isWaiting })),
    last_success_at: calls.successAt,
    last_failure_at: calls.failureAt,
    last_failure: calls.failureCode,
    is_degraded: refused.length > 0,
    refused,
  }
}
