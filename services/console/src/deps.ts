import type { Kafka } from '@millrace/kafka'
import type { Logger, SourcesHolder } from '@millrace/service-kit'
import type { Redis } from 'ioredis'
import type { Kysely } from 'kysely'
import type { Accounts } from './access/accounts.ts'
import type { KnownTenants } from './access/known-tenants.ts'
import type { Approvals } from './approve/approvals.ts'
import type { Audit } from './audit/audit.ts'
import type { Tables } from './db/tables.ts'
import type { Endpoints } from './endpoints/endpoints.ts'
import type { Erasures } from './erase/erasures.ts'
import type { Reading } from './read/reading.ts'
import type { Redrives } from './replay/redrives.ts'
import type { Replays } from './replay/replays.ts'
import type { JobRunner } from './replay/run-jobs.ts'
import type { ConsoleSettings } from './settings.ts'

/** What the handlers of routes work with. Each piece adds its own; `compose.ts` makes them. */
export interface Deps {
  readonly settings: ConsoleSettings
  readonly log: Logger
  readonly kafka: Kafka
  readonly redis: Redis
  readonly sources: SourcesHolder
  readonly db: Kysely<Tables>
  readonly tenants: KnownTenants
  /** Who calls, and how they come to be known. */
  readonly accounts: Accounts
  /** What everybody did, chained. */
  readonly audit: Audit
  /** What waits for a second person. */
  readonly approvals: Approvals
  /** Endpoints as they are, and what changes them. */
  readonly endpoints: Endpoints
  /** What the reading routes work with beside the tables. */
  readonly reading: Reading
  /** Events once more, and dead letters back. */
  readonly replays: Replays
  readonly redrives: Redrives
  /** People and conversations, gone for good. */
  readonly erasures: Erasures
  readonly jobs: JobRunner
}
