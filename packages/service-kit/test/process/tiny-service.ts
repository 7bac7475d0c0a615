import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { trace } from '@opentelemetry/api'
import { adminPort, closeOrder, common, defineSettings, run, secret } from '../../src/index.ts'

/** What the service does, told by the test: one word in TINY_DOES. */
const does = process.env.TINY_DOES

const settings = defineSettings({
  ...common,
  adminPort: adminPort('tiny', 0),
  token: secret('TINY_TOKEN', undefined, 'A token.'),
})

const others = new AsyncLocalStorage<string>()

await run({
  name: 'tiny',
  settings,
  takeStrayError: () => others.getStore() ?? null,
  async start(context) {
    const { log } = context
    const alive = setInterval(() => {}, 60_000)
    context.onClose('pool', () => clearInterval(alive), { order: closeOrder.clients })
    context.onClose('worker', () => (does === 'hang' ? new Promise(() => {}) : delay(5)))
    context.onClose('server', () => {}, { order: closeOrder.intake })
    log.info({ config: context.settings }, `the token is ${context.settings.token}`)
    context.meter.createCounter('tiny.grains').add(3)
    trace.getTracer('tiny').startActiveSpan('grind', (span) => {
      log.info({ cpu_ms: Math.round((process.cpuUsage().user + process.cpuUsage().system) / 1000) }, 'grinding')
      span.end()
    })
    if (does === 'fail') throw new Error(`no ${context.settings.token}`)
    if (does === 'throw later') setImmediate(() => Promise.reject(new Error('nobody catches this')))
    if (does === 'run code of others') {
      others.run('team', () => setImmediate(() => Promise.reject(new Error('theirs'))))
      others.run('team', () =>
        setImmediate(() => {
          throw new Error('theirs too')
        }),
      )
    }
    if (does === 'connect') {
      const { kafka, redis } = context
      await context.keepTrying('greeting', async () => redis.set('greeting', await kafka.clusterId()))
    }
  },
})
