import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { namedServers } from './addresses.ts'
import { temporaryDir } from './paths.ts'
import { startStack } from './stack.ts'
import { removeAtEnd } from './watchdog.ts'

/**
 * vitest's global set-up: after it, `process.env.KAFKA_BROKERS` and `process.env.REDIS_URL` name servers that run,
 * in the workers too. Servers named already (by the person or by `npm test`) are used; else some are started for this run.
 */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  const named = namedServers(process.env)
  if (named.brokers && named.redisUrl) return undefined
  const dir = join(temporaryDir, randomBytes(6).toString('hex'))
  removeAtEnd(dir)
  const stack = await startStack({ dir, isDurable: false })
  process.env.KAFKA_BROKERS = stack.brokers
  process.env.REDIS_URL = stack.redisUrl
  return () => stack.stop()
}
