import { LocalError } from './errors.ts'
import { runInPlace } from './run-in-place.ts'
import { runningEnv } from './running-env.ts'

await runInPlace('test/e2e/src/test-webhooks.main.ts', () => {
  const { env, isRunning } = runningEnv()
  if (isRunning || env.MILLRACE_GATEWAY_URL) return env
  throw new LocalError(
    'MR_LOCAL_SERVER_DOWN',
    'Millrace is not running: start it with `npm start` first, or name a gateway with MILLRACE_GATEWAY_URL.',
  )
})
