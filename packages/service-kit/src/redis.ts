import type { Log } from '@millrace/kafka'
import { Redis, type RedisOptions } from 'ioredis'
import type { CheckResult } from './checks.ts'
import { ServiceKitError } from './errors.ts'
import type { Logger } from './log.ts'
import { createProbe } from './probe.ts'

export interface RedisSettings {
  readonly redisUrl: string
  readonly redisPrefix: string
}

/** Options of a further connection. */
export type RedisOverrides = Omit<RedisOptions, 'replyMapping'>

const COMMAND_TIMEOUT_MS = 2_000
const MAX_BACKOFF_MS = 2_000

/**
 * A connection that comes back by itself, for ever. Commands wait for the first connection only; after that they fail at once while Redis
 * is away, since a queue of them would cost memory and answer too late. No command takes longer than 2 s.
 * `REDIS_PREFIX` goes before every key, not before channels.
 */
export function openRedis(
  settings: RedisSettings,
  log: Pick<Log, 'warn' | 'debug'>,
  overrides: RedisOverrides = {},
): Redis {
  const redis = new Redis(settings.redisUrl, {
    keyPrefix: settings.redisPrefix,
    connectTimeout: COMMAND_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    // Flushes commands that wait for the first connection with each failed try.
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt: number) =>
      Math.min(MAX_BACKOFF_MS, 50 * 2 ** Math.min(attempt, 6)) * (0.75 + Math.random() / 2),
    ...overrides,
  })
  redis.on('error', (error) => log.warn({ error }, 'Redis connection failed'))
  redis.on('ready', () => {
    redis.options.enableOfflineQueue = false
    log.debug({}, 'Redis connected')
  })
  return redis
}

/** A readiness check that asks: a Redis that hangs keeps its connections open. */
export function redisAnswers(redis: Redis): () => CheckResult | Promise<CheckResult> {
  const asked = createProbe(() => redis.ping())
  return () => (redis.status === 'ready' ? asked() : `connection is ${redis.status}`)
}

/** Ends the connection after what is on the wire, or at once when there is none. */
export async function closeRedis(redis: Redis): Promise<void> {
  try {
    if (redis.status === 'ready') await redis.quit()
  } catch {
    // Gone in the meantime, which is what was wanted.
  } finally {
    redis.disconnect()
  }
}

/** Runs `work` with a connection of its own, for commands. */
export async function withRedis<T>(
  settings: RedisSettings,
  log: Pick<Log, 'warn' | 'debug'>,
  work: (redis: Redis) => Promise<T>,
): Promise<T> {
  const redis = openRedis(settings, log)
  try {
    return await work(redis)
  } finally {
    await closeRedis(redis)
  }
}

/**
 * For a service whose keys must not be evicted: a single one that is gone cannot be noticed. Resolves when Redis keeps every key, or does not say
 * (managed Redis forbids CONFIG; a warning then).
 * @throws ServiceKitError `MR_SERVICE_REDIS_EVICTS`, or as ioredis does when Redis is away: for `keepTrying`
 */
export async function checkRedisKeepsKeys(redis: Pick<Redis, 'config'>, log: Pick<Logger, 'warn'>): Promise<void> {
  let policy: string | undefined
  try {
    const answer = (await redis.config('GET', 'maxmemory-policy')) as unknown as string[] | Record<string, string>
    policy = Array.isArray(answer) ? answer[1] : answer['maxmemory-policy']
  } catch (error) {
    if (!/unknown command|NOPERM|not allowed/i.test((error as Error).message)) throw error
    log.warn({}, 'Redis does not tell its maxmemory-policy; make sure that it is noeviction')
    return
  }
  if (policy !== undefined && policy !== 'noeviction') {
    throw new ServiceKitError(
      'MR_SERVICE_REDIS_EVICTS',
      `Redis has maxmemory-policy ${policy}; what is kept in it needs noeviction`,
    )
  }
}
