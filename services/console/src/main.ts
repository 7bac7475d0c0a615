import { closeOrder, leaveRotation, run } from '@millrace/service-kit'
import type { FastifyRequest } from 'fastify'
import { keepFirstLink } from './access/first-link.ts'
import { observeRequests } from './access/observe.ts'
import { createOutage } from './access/outage.ts'
import { HOST } from './access/tables.ts'
import { composeDeps } from './compose.ts'
import { createContentEncryption } from './content-encryption.ts'
import { openDatabase } from './db/connect.ts'
import { migrate } from './db/migrate.ts'
import { watchDatabase } from './db/watch-database.ts'
import { runLedger } from './ledger/run-ledger.ts'
import { migrateOnly } from './migrate-only.ts'
import { observeReplication } from './observe-replication.ts'
import { pageDirectory } from './page.ts'
import { allRoutes } from './routes/index.ts'
import { createServer, listen } from './server.ts'
import { settings } from './settings.ts'

if (process.argv.includes('--migrate')) process.exit(await migrateOnly())

await run({
  name: 'console',
  settings,
  // What is in the database can be read without them.
  servesWithout: ['kafka', 'redis'],
  // A person waits for a slow broker rather than ask again.
  sendWithinMs: 6_000,
  async start(context) {
    const { settings, log, version } = context
    const content = createContentEncryption(context)
    const database = openDatabase({
      url: settings.databaseUrl,
      directory: settings.dataDir,
      sealed: content.sealed,
      resting: content.openResting,
      onLost: (error) => log.warn({ error }, 'a connection to the database broke'),
    })
    context.onClose('database', () => database.close(), { order: closeOrder.clients })
    watchDatabase(context, database)
    await context.keepTrying('tables', () => migrate(database.db))
    const deps = composeDeps(context, database, content)
    runLedger(context, database, content, deps)
    observeReplication(context)
    const outage = createOutage()
    const parts = {
      ...outage,
      log,
      onAnswer: observeRequests(context.meter, log),
      isTenant: async (name: string) => (await deps.tenants.names()).includes(name),
      async identify(request: FastifyRequest) {
        const identified = await deps.accounts.identify(request)
        // The settings' own token is known without the database.
        if (identified !== undefined && identified.actor.id !== HOST) outage.databaseAnswered()
        return identified
      },
    }
    const app = await createServer(allRoutes, deps, parts, { version, ...settings, pageDir: pageDirectory })
    leaveRotation({ ...context, server: app.server, drainMs: settings.drainMs })
    context.onClose('http', () => app.close(), { order: closeOrder.intake })
    await listen(app, settings)
    log.info({ port: settings.port, database: database.kind }, 'listening')
    const endLooking = await keepFirstLink({ db: database.db, settings, log })
    context.onClose('first link', endLooking, { order: closeOrder.work })
  },
})
