import type { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { checkRedisKeepsKeys } from '../src/check-redis.ts'
import { quietLog } from './support/installation.ts'

function redisThat(config: () => Promise<unknown>): Redis {
  return { config } as unknown as Redis
}

test('a Redis that evicts keys is refused with its policy and what is needed', async () => {
  const redis = redisThat(async () => ['maxmemory-policy', 'allkeys-lru'])
  await expect(checkRedisKeepsKeys(redis, quietLog)).rejects.toMatchObject({
    code: 'MR_DEDUP_REDIS_EVICTS',
    message: 'Redis has maxmemory-policy allkeys-lru; claims need noeviction',
  })
})

test('a Redis that keeps keys is taken', async () => {
  await checkRedisKeepsKeys(
    redisThat(async () => ['maxmemory-policy', 'noeviction']),
    quietLog,
  )
})

test('a managed Redis that does not tell is taken with a warning', async () => {
  const warnings: string[] = []
  const log = { ...quietLog, warn: (_: object, message: string) => void warnings.push(message) }
  await checkRedisKeepsKeys(
    redisThat(() => Promise.reject(new Error("ERR unknown command 'CONFIG'"))),
    log,
  )
  expect(warnings).toEqual([expect.stringContaining('noeviction')])
})
