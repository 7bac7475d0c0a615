import { topicKey } from '@millrace/domain'
import { healthKey, parseEntries } from '@millrace/front-client'
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
  readonly calls_per_minute: number
  readonly is_degraded: boolean
  readonly refused: readonly FrontRefusal[]
}

export interface FrontAccountStatesOptions {
  readonly redis: Pick<Redis, 'hgetall'>
  readonly sources: Pick<SourcesHolder, 'current'>
}

const DEADLINE_MS = 1_000

/**
 * Every Front account with what its services have noted of its token, for a status page. Null when Redis, where they note it, does not tell within
 * a second.
 */
export async function readFrontAccountStates({
  redis,
  sources,
}: FrontAccountStatesOptions): Promise<readonly FrontAccountState[] | null> {
  const accounts = sources.current().accounts.filter(({ provider }) => provider === 'front')
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(null), DEADLINE_MS)
  try {
    return await Promise.race([Promise.all(accounts.map((account) => stateOf(redis, account))), late.promise])
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}

async function stateOf(redis: FrontAccountStatesOptions['redis'], account: Account): Promise<FrontAccountState> {
  const { tenant, name, callsPerMinute } = account
  const entries = parseEntries(await redis.hgetall(healthKey(topicKey(tenant, name))))
  // What was refused to former credentials says nothing of these.
  const refused = entries
    .filter(({ credentials }) => credentials === credentialsId(account))
    .map(({ route, status, missingScopes, since, nextTryAt }) => {
      return { route, status, missing_scopes: missingScopes, since, next_try_at: nextTryAt }
    })
  return {
    tenant,
    account: name,
    is_callable: isCallable(account),
    calls_per_minute: callsPerMinute,
    is_degraded: refused.length > 0,
    refused,
  }
}
