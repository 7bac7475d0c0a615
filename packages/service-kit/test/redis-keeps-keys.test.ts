import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { checkRedisKeepsKeys } from '../src/redis.ts'
import { recordingLog } from './recording-log.ts'

function redisThat(config: () => Promise<unknown>): Pick<Redis, 'config'> {
  return { config } as unknown as Redis
}

test('a Redis that evicts keys is refused with its policy and what is needed', async () => {
  const redis = redisThat(async () => ['maxmemory-policy', 'allkeys-lru'])
  await expect(checkRedisKeepsKeys(redis, recordingLog().logger)).rejects.toMatchObject({
    code: 'MR_SERVICE_REDIS_EVICTS',
    message: 'Redis has maxmemory-policy allkeys-lru; what is kept in it needs noeviction',
  })
})

test('a Redis that keeps keys is taken', async () => {
  const { logger, entries } = recordingLog()
  await checkRedisKeepsKeys(
    redisThat(async () => ['maxmemory-policy', 'noeviction']),
    logger,
  )
  expect(entries()).toEqual([])
})

test('the Redis of the local stack keeps keys', async () => {
  const redis = new Redis(process.env.REDIS_URL ?? '')
  try {
    await checkRedisKeepsKeys(redis, recordingLog().logger)
  } finally {
    redis.disconnect()
  }
})

test('a managed Redis that does not tell is taken with a warning', async () => {
  const { logger, entries } = recordingLog()
  await checkRedisKeepsKeys(
    redisThat(() => Promise.reject(new Error("ERR unknown command 'CONFIG'"))),
    logger,
  )
  expect(entries()).toMatchObject([{ level: 'warn', message: expect.stringContaining('noeviction') }])
})

test('a Redis that is away is no answer', async () => {
  const redis = redisThat(() => Promise.reject(new Error('Connection is closed.')))
  await expect(checkRedisKeepsKeys(redis, recordingLog().logger)).rejects.toThrow('Connection is closed.')
})
