import type { Kafka } from '@millrace/kafka'
import type { Logger, SourcesHolder } from '@millrace/service-kit'
import type { Redis } from 'ioredis'
import type { Kysely } from 'kysely'
import type { Accounts } from './access/accounts.ts'
import type { Tables } from './db/tables.ts'
import type { ConsoleSettings } from './settings.ts'

/** What the handlers of routes work with. Each piece adds its own; `compose.ts` makes them. */
export interface Deps {
  readonly settings: ConsoleSettings
  readonly log: Logger
  readonly kafka: Kafka
  readonly redis: Redis
  readonly sources: SourcesHolder
  readonly db: Kysely<Tables>
  /** Users, tokens and sessions. */
  readonly accounts: Accounts
}
