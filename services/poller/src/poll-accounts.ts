import { setTimeout as delay } from 'node:timers/promises'
import { topicKey } from '@millrace/domain'
import type { FrontClient } from '@millrace/front-client'
import type { Kafka, Log, Table } from '@millrace/kafka'
import type { IngestMode } from '@millrace/schemas'
import {
  type Account,
  type FrontClients,
  type Sources,
  type SourcesHolder,
  sourceDefaults,
} from '@millrace/service-kit'
import type { Redis } from 'ioredis'
import type { KnownTimes } from './known-times.ts'
import { withLease } from './lease.ts'
import { pollAccount } from './poll-account.ts'
import type { Positions } from './positions.ts'
import { createAccountReader, type ReadSettings } from './read-account.ts'
import type { AccountReport, PollerReport } from './report.ts'
import { polledOf } from './source-of-account.ts'
import { trackPosition } from './track-position.ts'

export interface PollAccountsParts {
  readonly kafka: Kafka
  readonly redis: Redis
  readonly known: KnownTimes
  readonly positions: Positions
  readonly modes: Table<IngestMode>
  readonly sources: SourcesHolder
  readonly clients: Pick<FrontClients, 'of'>
  readonly settings: ReadSettings & { readonly intervalMs: number }
  readonly report: PollerReport
  readonly log: Log
  caughtUp(signal: AbortSignal): Promise<void>
}

const TRY_LEASE_MS = 500

/** Polls every account that can be, as the sources file has them; of the replicas, one at a time polls an account. Answers how to end it. */
export function pollAccounts(parts: PollAccountsParts): { close(): Promise<void> } {
  const running = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>()
  const told = new Set<string>()

  const follow = ({ accounts, sources }: Sources) => {
    const listed = accounts.filter((account) => account.provider === 'front' && sources.some(isOf(account)))
    for (const account of listed) tellIfMissed(parts, told, account)
    const callable = listed.filter(({ tenant, name }) => parts.clients.of(tenant, name) !== undefined)
    const keys = new Set(callable.map(({ tenant, name }) => topicKey(tenant, name)))
    for (const [key, { stop }] of running) {
      if (keys.has(key)) continue
      stop.abort()
      running.delete(key)
    }
    for (const account of callable) {
      const key = topicKey(account.tenant, account.name)
      if (running.has(key)) continue
      const stop = new AbortController()
      running.set(key, { stop, done: keepAccount(parts, account, stop.signal) })
    }
  }
  follow(parts.sources.current())
  const unlisten = parts.sources.onChange(follow)
  return {
    async close() {
      unlisten()
      for (const { stop } of running.values()) stop.abort()
      await Promise.all(Array.from(running.values(), ({ done }) => done))
    },
  }
}

function isOf(account: Account): (source: Sources['sources'][number]) => boolean {
  return ({ provider, tenant, account: name }) =>
    provider === 'front' && tenant === account.tenant && name === account.name
}

function tellIfMissed({ clients, log }: PollAccountsParts, told: Set<string>, { tenant, name }: Account): void {
  const key = topicKey(tenant, name)
  if (clients.of(tenant, name) !== undefined) return void told.delete(key)
  if (told.has(key)) return
  told.add(key)
  log.warn({ account: key }, 'no API token: nothing is polled, and what webhooks miss stays missed')
}

/** Takes the account's lease whenever it is free, and polls while it is held. */
async function keepAccount(parts: PollAccountsParts, { tenant, name }: Account, signal: AbortSignal): Promise<void> {
  const account = topicKey(tenant, name)
  const report = parts.report.of(account)
  const key = `poller:lease:${account}`
  while (!signal.aborted) {
    try {
      await withLease({ redis: parts.redis, key, ttlMs: parts.settings.leaseMs, signal }, async (held) => {
        parts.log.info({ account }, 'polling the account')
        try {
          await pollHeld(parts, { tenant, name }, report, held)
        } finally {
          report.end()
          parts.log.info({ account }, 'not polling the account any more')
        }
      })
    } catch (error) {
      if (!signal.aborted) parts.log.warn({ account, reason: (error as Error).message }, 'cannot poll the account yet')
    }
    await delay(TRY_LEASE_MS * (0.5 + Math.random()), undefined, { signal }).catch(() => {})
  }
}

async function pollHeld(
  parts: PollAccountsParts,
  { tenant, name }: Pick<Account, 'tenant' | 'name'>,
  report: AccountReport,
  signal: AbortSignal,
): Promise<void> {
  const { kafka, known, settings, modes, log, caughtUp } = parts
  const client = parts.clients.of(tenant, name)
  if (client === undefined) return
  await modes.ready
  const tracker = await trackPosition({ ...settings, positions: parts.positions, tenant, account: name })
  report.follow(() => tracker.now)
  const reader = createAccountReader({
    kafka,
    known,
    client: clientNow(parts, tenant, name, client),
    tenant,
    account: name,
    tracker,
    settings,
    callsPerMinute: () => planOf(parts.sources.current(), tenant, name),
    log,
    caughtUp,
    onEvent: report.event,
    onFinding: report.finding,
    signal,
  })
  await pollAccount({
    reader,
    tracker,
    polled: () =>
      polledOf({ tenant, name }, parts.sources.current().sources, modes, {
        readAt: tracker.now.readAt,
        lateMs: settings.lateMs,
      }),
    intervalMs: settings.intervalMs,
    reconcileMs: settings.reconcileMs,
    onFailure: (error) => {
      log.warn(
        { account: topicKey(tenant, name), reason: (error as Error).message },
        'round not finished, will be repeated',
      )
    },
    signal,
  })
}

function planOf({ accounts }: Sources, tenant: string, account: string): number {
  const found = accounts.find((one) => one.tenant === tenant && one.name === account)
  return found?.callsPerMinute ?? sourceDefaults.callsPerMinute
}

/** Each call by the client that the account has then: its address may change. */
function clientNow({ clients }: PollAccountsParts, tenant: string, name: string, first: FrontClient): ListingClient {
  const now = () => clients.of(tenant, name) ?? first
  return {
    listEvents: (options) => now().listEvents(options),
    listConversations: (options) => now().listConversations(options),
  }
}

type ListingClient = Pick<FrontClient, 'listEvents' | 'listConversations'>
