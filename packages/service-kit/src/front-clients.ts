import { topicKey } from '@millrace/domain'
import {
  createAccountHealth,
  createFrontClient,
  createSharedBudget,
  createTurns,
  type FrontClient,
  leaseFor,
  noteLastCalls,
} from '@millrace/front-client'
import type { Log } from '@millrace/kafka'
import type { Redis } from 'ioredis'
import type { ServiceContext } from './context.ts'
import { credentialsId, isCallable, tokensOf } from './front-account.ts'
import { type FrontMetrics, frontMetrics } from './front-metrics.ts'
import type { SourcesHolder } from './hold-sources.ts'
import type { Account } from './sources.ts'

/** What it takes of a service's context. */
export interface FrontParts extends Pick<ServiceContext<unknown>, 'meter' | 'onClose'> {
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
  readonly sources: Pick<SourcesHolder, 'current' | 'onChange'>
  readonly redis: Pick<Redis, 'evalsha' | 'eval' | 'get' | 'set' | 'del' | 'hgetall' | 'hset' | 'hdel' | 'pexpire'>
}

export interface FrontClientsOptions {
  /** Milliseconds for one HTTP call. Default 10 000. */
  readonly callTimeoutMs?: number
  /** `MILLRACE_SECRET_KEYS`, with which OAuth tokens are kept; accounts with an OAuth client are not called without. */
  readonly secretKeys?: string | undefined
}

export interface FrontClients {
  /** Undefined while no account of this name can be called: it has an API token, or an OAuth client that was authorised. */
  of(tenant: string, account: string): FrontClient | undefined
  close(): Promise<void>
}

interface OpenClient {
  readonly kind: string
  readonly client: FrontClient
  close(): Promise<void>
}

/**
 * One client an account, as the accounts are now; all of them in all processes share the account's budget of calls in Redis. A new token counts
 * from the next call on, within a reading as well. A client whose account is gone or has another address finishes the calls that it has begun.
 * Closes with the service.
 */
export function createFrontClients(parts: FrontParts, options: FrontClientsOptions = {}): FrontClients {
  const { sources } = parts
  const clients = new Map<string, OpenClient>()
  const metrics = frontMetrics(parts.meter)
  let accounts = byKey(sources.current().accounts)
  let closing: Promise<void> | undefined

  const unlisten = sources.onChange((now) => {
    accounts = byKey(now.accounts)
    for (const [key, open] of clients) {
      const account = accounts.get(key)
      if (account !== undefined && kindOf(account) === open.kind) continue
      clients.delete(key)
      void open.close()
    }
  })
  const open = (key: string, account: Account) => {
    const opened = openClient(parts, metrics, key, { ...options, first: account, now: () => accounts.get(key) })
    clients.set(key, opened)
    return opened.client
  }
  const closeAll = async () => {
    unlisten()
    await Promise.all(Array.from(clients.values(), (each) => each.close()))
    metrics.close()
  }
  const close = () => {
    closing ??= closeAll()
    return closing
  }
  parts.onClose('front clients', close)
  return {
    of(tenant, name) {
      const key = topicKey(tenant, name)
      const account = accounts.get(key)
      return account === undefined ? undefined : (clients.get(key)?.client ?? open(key, account))
    },
    close,
  }
}

interface OpenOptions extends FrontClientsOptions {
  readonly first: Account
  readonly now: () => Account | undefined
}

function openClient(
  { redis, log }: FrontParts,
  metrics: FrontMetrics,
  key: string,
  { first, now, callTimeoutMs = 10_000, secretKeys }: OpenOptions,
): OpenClient {
  // Of an account that is gone: calls of a reading that had begun.
  let last = first
  const account = () => {
    last = now() ?? last
    return last
  }
  const store = createSharedBudget({
    redis,
    key,
    limits: () => ({ callsPerMinute: account().callsPerMinute, leaseMs: leaseFor(callTimeoutMs) }),
    onShared: (isShared, error) => {
      if (isShared) log.info({ account: key }, 'the budget of Front calls is shared again')
      else log.warn({ account: key, error }, 'Redis is away: Front calls go on with a share of this process alone')
    },
  })
  const turns = createTurns({ store, name: `account ${key}`, onTurn: metrics.onTurn })
  const health = createAccountHealth({
    redis,
    key,
    credentials: () => credentialsId(account()),
    onChange(_, news) {
      if (news === null) log.info({ account: key }, 'Front takes the token of this account again')
      else log.error({ account: key, ...news }, 'Front refuses the token of this account')
    },
  })
  const forget = metrics.watch(turns, health)
  const note = noteLastCalls({ redis, key })
  const client = createFrontClient({
    ...tokensOf({ redis, log, secretKeys, onRefresh: metrics.onRefresh }, key, account),
    baseUrl: first.baseUrl,
    fetchTimeoutMs: callTimeoutMs,
    turns,
    guard: {
      ...health,
      after(route, outcome) {
        health.after(route, outcome)
        note(outcome)
      },
    },
    onCall: metrics.onCall,
  })
  return {
    kind: kindOf(first),
    client,
    async close() {
      turns.close()
      forget()
      await client.close()
    },
  }
}

/** What a client is made for: with another address, or another kind of credentials, there is another client. */
function kindOf({ baseUrl, oauth }: Account): string {
  return `${oauth === undefined ? 'token' : 'oauth'} ${baseUrl}`
}

function byKey(accounts: readonly Account[]): ReadonlyMap<string, Account> {
  return new Map(accounts.filter(isCallable).map((account) => [topicKey(account.tenant, account.name), account]))
}
