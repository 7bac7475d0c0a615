import { closeOrder, run } from '@millrace/service-kit'
import type { FastifyRequest } from 'fastify'
import { createOutage } from './access/outage.ts'
import { composeDeps } from './compose.ts'
import { openDatabase } from './db/connect.ts'
import { migrate } from './db/migrate.ts'
import { allRoutes } from './routes/index.ts'
import { createServer } from './server.ts'
import { settings } from './settings.ts'

await run({
  name: 'console',
  settings,
  // What is in the database can be read without them.
  servesWithout: ['kafka', 'redis'],
  async start(context) {
    const { settings, log, version } = context
    const database = openDatabase({
      url: settings.databaseUrl,
      directory: settings.dataDir,
      onLost: (error) => log.warn({ error }, 'a connection to the database broke'),
    })
    context.onClose('database', () => database.close(), { order: closeOrder.clients })
    const deps = composeDeps(context, database)
    const isTenant = (name: string) => context.sources.current().tenants.some((tenant) => tenant.name === name)
    const outage = createOutage()
    const parts = {
      ...outage,
      log,
      isTenant,
      identify: (request: FastifyRequest) => outage.watch(deps.accounts.identify(request)),
    }
    const app = await createServer(allRoutes, deps, parts, { version, trustedProxies: settings.trustedProxies })
    context.onClose('http', () => app.close(), { order: closeOrder.intake })
    await app.listen({ host: settings.host, port: settings.port })
    log.info({ port: settings.port, database: database.kind }, 'listening')
    await context.keepTrying('database', () => migrate(database.db))
  },
})
