import type { Kafka } from '@millrace/kafka'
import type { SourcesHolder } from '@millrace/service-kit'
import type { Redis } from 'ioredis'
import type { Kysely } from 'kysely'
import type { z } from 'zod'
import type { Tables } from '../db/tables.ts'
import type { WordIndex } from '../words/word-index.ts'
import { type ConsumerLag, readConsumerLag } from './consumer-lag.ts'
import { readFrontAccounts } from './front-accounts.ts'
import { watchKafka } from './kafka-watch.ts'
import { type Kept, keepFresh } from './keep-fresh.ts'
import { type LedgerWatch, watchLedger } from './ledger-state.ts'
import { createLiveFeed, type LiveFeed } from './live/feed.ts'
import type { frontAccount } from './schemas/overview.ts'
import { readServiceHealth, type ServiceHealth } from './service-health.ts'

/** What the reading routes work with beside the tables. */
export interface Reading {
  readonly version: string
  readonly db: Kysely<Tables>
  readonly sources: SourcesHolder
  readonly webhookBaseUrl: string | undefined
  readonly ledger: LedgerWatch
  readonly live: LiveFeed
  /** Finds what is encrypted; undefined where nothing can be. */
  readonly words?: WordIndex | undefined
  /** Undefined while Kafka has not told yet. */
  lag(): Promise<Kept<ConsumerLag[]> | undefined>
  services(): Promise<Kept<ServiceHealth[]> | undefined>
  /** Null while Redis does not tell. */
  fronts(tenant: string): Promise<z.infer<typeof frontAccount>[] | null>
}

export interface ReadingParts {
  readonly version: string
  readonly db: Kysely<Tables>
  readonly kafka: Pick<Kafka, 'clusterId' | 'committed' | 'ends' | 'starts'>
  readonly redis: Pick<Redis, 'hgetall' | 'zrangebyscore'>
  readonly sources: SourcesHolder
  readonly words?: WordIndex | undefined
  readonly log: { warn(facts: object, text: string): void }
  readonly settings: { readonly services: readonly string[]; readonly webhookBaseUrl: string | undefined }
}

const FRESH_MS = 5_000
/** What is older is not shown as how things are without waiting for news. */
const OLD_MS = 10_000
/** An overview waits no longer for what others have to tell; a little longer than a service may take to say how it is. */
const PATIENCE_MS = 1_700

export function createReading(parts: ReadingParts): Reading {
  const { version, db, kafka, redis, sources, words, log, settings } = parts
  const ledger = watchLedger(
    db,
    watchKafka(() => kafka.clusterId()),
  )
  const onError = (what: string) => (error: unknown) => log.warn({ error }, `${what} cannot be read`)
  return {
    version,
    db,
    sources,
    webhookBaseUrl: settings.webhookBaseUrl,
    ledger,
    live: createLiveFeed({ db, ledger, log }),
    words,
    lag: keepFresh(() => readConsumerLag(kafka), {
      freshMs: FRESH_MS,
      oldMs: OLD_MS,
      patienceMs: PATIENCE_MS,
      onError: onError('the lag of consumers'),
    }),
    services: keepFresh(() => readServiceHealth(settings.services), {
      freshMs: FRESH_MS,
      oldMs: OLD_MS,
      patienceMs: PATIENCE_MS,
      onError: onError('the health of services'),
    }),
    fronts: (tenant) => readFrontAccounts({ redis, sources }, tenant),
  }
}
