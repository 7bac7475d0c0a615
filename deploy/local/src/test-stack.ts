import { namedServers } from './addresses.ts'
import { startStack } from './stack.ts'
import { temporaryDir } from './temporary-dir.ts'

/**
 * vitest's global set-up: after it, `process.env.KAFKA_BROKERS` and `process.env.REDIS_URL` name servers that run,
 * in the workers too. Servers named already (by the person or by `npm test`) are used; else some are started for this run.
 */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  const named = namedServers(process.env)
  if (named.brokers && named.redisUrl) return undefined
  const stack = await startStack({ dir: temporaryDir(), isDurable: false })
  process.env.KAFKA_BROKERS = stack.brokers
  process.env.REDIS_URL = stack.redisUrl
  return () => stack.stop()
}
