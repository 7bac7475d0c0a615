import { inspect } from 'node:util'
import type { Kafka } from '@millrace/kafka'
import { connectMemoryKafka } from '@millrace/kafka/memory'
import { allTopics } from '@millrace/schemas'
import { type Encryption, holdSources, readSettings, type ServiceContext } from '@millrace/service-kit'
import { quietLog } from '@millrace/test-support'
import { metrics } from '@opentelemetry/api'
import { Redis } from 'ioredis'
import type { App } from '../../src/access/define-routes.ts'
import { createOutage } from '../../src/access/outage.ts'
import { ALL_TENANTS, type Grant } from '../../src/access/roles.ts'
import { newSecret } from '../../src/access/secrets.ts'
import { beginSession } from '../../src/access/sessions.ts'
import { HOST } from '../../src/access/tables.ts'
import { addUser } from '../../src/access/users.ts'
import { composeDeps } from '../../src/compose.ts'
import { createContentEncryption } from '../../src/content-encryption.ts'
import type { Database } from '../../src/db/connect.ts'
import type { Deps } from '../../src/deps.ts'
import { allRoutes } from '../../src/routes/index.ts'
import { createServer, type ServerOptions } from '../../src/server.ts'
import { type ConsoleSettings, settings } from '../../src/settings.ts'
import { type DatabaseKind, openTestDatabase } from './databases.ts'

export interface TestConsoleOptions {
  /** Default: a database in the run's Postgres. Each PGlite begins by making a whole server's files, which takes seconds. */
  readonly kind?: DatabaseKind
  /** Default: one in memory, with all topics. */
  readonly kafka?: Kafka
  /** Environment variables of the console. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: `default` and `other`. */
  readonly tenants?: readonly string[]
  readonly server?: Partial<ServerOptions>
  /** What `kafka` was connected with. Default: none, as without MILLRACE_SECRET_KEYS. */
  readonly encryption?: Pick<Encryption, 'cipher' | 'blindIndex'>
}

export interface TestConsole {
  /** `app.inject({ … })` is a request. */
  readonly app: App
  readonly deps: Deps
  readonly database: Database
  /** A bearer token with every right. */
  readonly adminToken: string
  /** Headers of a new user with these grants, logged in. */
  logIn(...grants: Grant[]): Promise<{ readonly userId: string; readonly headers: Record<string, string> }>
  close(): Promise<void>
}

/** The console's server as `main.ts` makes it, in this process, with a database of its own. */
export async function startTestConsole(options: TestConsoleOptions = {}): Promise<TestConsole> {
  const { kind = 'postgres', env = {}, tenants = ['default', 'other'] } = options
  const adminToken = newSecret()
  const kafka = options.kafka ?? connectMemoryKafka()
  await kafka.ensureTopics(allTopics(), { eventPartitions: 2, replication: 1 })
  const closers: (() => Promise<unknown>)[] = []
  const values = readSettings(settings, {
    variables: { CONSOLE_ADMIN_TOKEN: adminToken, REDIS_URL: process.env.REDIS_URL, ...env },
  } as Parameters<typeof readSettings>[1]).values
  const redis = new Redis(values.redisUrl, { lazyConnect: true, keyPrefix: values.redisPrefix })
  const { encryption } = options
  const context = contextOf({ settings: values, kafka, redis, tenants, closers, encryption })
  const content = createContentEncryption(context)
  const database = await openTestDatabase(kind, { sealed: content.sealed, resting: content.openResting })
  const deps = composeDeps(context, database, content)
  const parts = {
    ...createOutage(),
    log: { ...quietLog, error: (facts: object) => process.stderr.write(`${inspect(facts)}\n`) },
    isTenant: async (name: string) => (await deps.tenants.names()).includes(name),
    identify: deps.accounts.identify,
  }
  const app = await createServer(allRoutes, deps, parts, {
    version: '1',
    trustedProxies: [],
    pageDir: '/nonexistent',
    ...options.server,
  })
  return {
    app,
    deps,
    database,
    adminToken,
    logIn: (...grants) => logIn(deps, values, grants),
    async close() {
      await app.close()
      await Promise.all(closers.map((close) => close()))
      redis.disconnect()
      if (options.kafka === undefined) await kafka.close()
      await database.close()
    },
  }
}

async function logIn(deps: Deps, times: ConsoleSettings, grants: readonly Grant[]) {
  const name = `user-${newSecret()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, 20)}`
  const user = await addUser(deps.db, { name, email: null, grants }, HOST, Date.now())
  const { secret, session } = await beginSession(deps.db, user.id, { times, byCode: false }, Date.now())
  const headers = { cookie: `__Host-millrace-session=${secret}`, 'x-csrf-token': session.csrfToken }
  return { userId: user.id, headers }
}

interface ContextParts {
  readonly settings: ConsoleSettings
  readonly kafka: Kafka
  readonly redis: Redis
  readonly tenants: readonly string[]
  readonly closers: (() => Promise<unknown>)[]
  readonly encryption: TestConsoleOptions['encryption']
}

/** As service-kit's `run` makes it, without a process's life around it. */
function contextOf({
  settings,
  kafka,
  redis,
  tenants,
  closers,
  encryption,
}: ContextParts): ServiceContext<ConsoleSettings> {
  const sources = holdSources({ sources: [], accounts: [], tenants: tenants.map((name) => ({ name })) })
  const context: Partial<ServiceContext<ConsoleSettings>> & { readonly sources: typeof sources } = {
    name: 'console',
    version: '1',
    settings,
    log: quietLog as unknown as ServiceContext<ConsoleSettings>['log'],
    meter: metrics.getMeter('test'),
    signal: new AbortController().signal,
    kafka,
    cipher: encryption?.cipher,
    blindIndex: encryption?.blindIndex,
    redis,
    sources,
    newRedis: () => redis,
    addCheck: () => {},
    watch: () => {},
    onClose: (_, close) => void closers.push(async () => close(5_000)),
    keepTrying: async (_, action) => action(),
  }
  return context as unknown as ServiceContext<ConsoleSettings>
}

export const everywhere = (role: Grant['role']): Grant => ({ tenant: ALL_TENANTS, role })
export const inTenant = (tenant: string, role: Grant['role']): Grant => ({ tenant, role })
