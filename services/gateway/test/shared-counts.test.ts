import { randomBytes } from 'node:crypto'
import { waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { createSharedCounts } from '../src/shared-counts.ts'

const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: `t${randomBytes(4).toString('hex')}.` })
afterAll(() => redis.disconnect())

const away = { status: 'reconnecting', pipeline: () => redis.pipeline() } as unknown as Redis

test('two processes count together', async () => {
  await waitFor(() => redis.status === 'ready', { what: 'Redis' })
  const now = () => 1_000_000
  const [one, two] = [createSharedCounts({ redis, now }), createSharedCounts({ redis, now })]
  for (let sent = 0; sent < 5; sent++) one.add('a', 60_000)
  await one.settled()
  two.add('a', 60_000)
  await two.settled()
  expect(two.add('a', 60_000).current).toBe(7)
  expect(two.add('b', 60_000).current).toBe(1)
})

test('a new window begins at nought and says how long it lasts', () => {
  let time = 119_000
  const counts = createSharedCounts({ redis: away, now: () => time })
  expect(counts.add('a', 60_000)).toEqual({ current: 1, ttl: 1_000 })
  expect(counts.add('a', 60_000)).toEqual({ current: 2, ttl: 1_000 })
  time = 120_000
  expect(counts.add('a', 60_000)).toEqual({ current: 1, ttl: 60_000 })
})

test('a flood of strangers forgets the oldest of them, so that memory stays bounded, and nobody else', () => {
  const counts = createSharedCounts({ redis: away, maxKeys: 3, now: () => 0 })
  counts.add('a source', 60_000)
  for (const key of ['a', 'b', 'c', 'd']) counts.add(key, 60_000, true)
  expect(counts.add('d', 60_000, true).current).toBe(2)
  expect(counts.add('a', 60_000, true).current).toBe(1)
  expect(counts.add('a source', 60_000).current).toBe(2)
})
