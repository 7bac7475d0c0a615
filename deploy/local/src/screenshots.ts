import { onInterrupt, runCommand } from './command.ts'
import { runChild } from './run-child.ts'

await runCommand(async () => {
  const interrupt = new AbortController()
  onInterrupt(
    () => interrupt.abort(),
    () => process.exit(130),
  )
  // What a person runs by npm start, or names in .env, must not be in the pictures.
  const { KAFKA_BROKERS: _brokers, REDIS_URL: _redis, ...env } = process.env
  return runChild(['services/console/web/screenshots/take.main.ts'], {
    env: { ...env, MILLRACE_ENV_FILE: '' },
    signal: interrupt.signal,
  })
})
