import { adminPort, closeOrder, common, defineSettings, run, secret } from '../src/index.ts'

const settings = defineSettings({
  ...common,
  adminPort: adminPort('tiny', 0),
  token: secret('TINY_TOKEN', undefined, 'A token.'),
})

await run({
  name: 'tiny',
  settings,
  start(context) {
    const timer = setInterval(() => {}, 1_000)
    context.onClose('clients', () => clearInterval(timer), { order: closeOrder.clients })
    context.onClose('intake', () => {}, { order: closeOrder.intake })
    context.onClose('work', () => (process.env.TINY_HANGS === 'yes' ? new Promise(() => {}) : undefined))
    context.log.info({ token: context.settings.token }, `the token is ${context.settings.token}`)
  },
})
