import { run } from '@millrace/service-kit'
import { settings } from './settings.ts'

await run({
  name: 'poller',
  settings,
  async start(context) {
    const { kafka, redis, log, sources } = context
    await context.keepTrying('cluster id', () => kafka.clusterId())
    await context.keepTrying('redis', () => redis.ping())
    const accounts = sources.current().accounts.filter(({ provider }) => provider === 'front')
    log.info({ accounts: accounts.length }, 'accounts that can be polled')
  },
})
