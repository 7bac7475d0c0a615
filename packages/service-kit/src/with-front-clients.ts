import type { Log } from '@millrace/kafka'
import { createNoopMeter } from '@opentelemetry/api'
import { createFrontClients, type FrontClients, type FrontClientsOptions } from './front-clients.ts'
import { holdSources } from './hold-sources.ts'
import { type RedisSettings, withRedis } from './redis.ts'
import type { Sources } from './sources.ts'

export interface WithFrontOptions extends FrontClientsOptions {
  readonly settings: RedisSettings
  readonly sources: Sources
  readonly log: Log
}

/**
 * Runs `work` with clients of the Front API outside of a service, for commands: they take their turns in the same budget as the services do. While
 * Redis is away they have a small share of their own.
 */
export async function withFrontClients<T>(
  { settings, sources, log, ...options }: WithFrontOptions,
  work: (clients: Pick<FrontClients, 'of'>) => Promise<T>,
): Promise<T> {
  return withRedis(settings, log, async (redis) => {
    const parts = { redis, log, sources: holdSources(sources), meter: createNoopMeter(), onClose() {} }
    const clients = createFrontClients(parts, options)
    try {
      return await work(clients)
    } finally {
      await clients.close()
    }
  })
}
