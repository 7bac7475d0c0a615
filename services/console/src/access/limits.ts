import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { ConsoleError } from '../errors.ts'
import type { Limit } from './guard.ts'

/** Addresses (IPv6: /64 nets) that are counted at the same time; the least recent are forgotten. */
const MAX_ADDRESSES = 20_000
const WINDOW_MS = 60_000

export interface LimitOptions {
  /** Requests a minute; 0 or absent for no limit. */
  readonly ratePerAddress?: number
  /** Logins a minute; 0 or absent for no limit. */
  readonly loginsPerAddress?: number
}

/** Limits by address, each of them of this process alone; failed logins are counted by name as well, by all consoles together. */
export async function createLimits(
  app: FastifyInstance,
  options: LimitOptions,
): Promise<{ all: Limit; logins: Limit }> {
  await app.register(rateLimit, { global: false, cache: MAX_ADDRESSES })
  return { all: createLimit(app, options.ratePerAddress), logins: createLimit(app, options.loginsPerAddress) }
}

function createLimit(app: FastifyInstance, max = 0): Limit {
  if (max === 0) return async () => {}
  const count = app.createRateLimit({ max, timeWindow: WINDOW_MS })
  return async (request) => {
    const counted = await count(request)
    if (counted.isAllowed || !counted.isExceeded) return
    throw new ConsoleError('MR_CONSOLE_TOO_MANY', { retryAfterSeconds: counted.ttlInSeconds })
  }
}
