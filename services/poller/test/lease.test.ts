import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { ownTime, waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { withLease } from '../src/lease.ts'

const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: `t${randomBytes(4).toString('hex')}.` })
const { signal } = new AbortController()
let keys = 0
const leaseOf = (key = `lease${keys++}`, ttlMs = 1_500) => ({ redis, key, ttlMs, signal })

afterAll(() => redis.disconnect())

test('while one works no other one does, for as long as the work takes', async () => {
  // It is renewed each fifth of that: a machine that stalls for less than the rest loses nothing.
  const lease = leaseOf(undefined, 10_000)
  const end = Promise.withResolvers<void>()
  const first = withLease(lease, () => end.promise)
  const leftMs = () => redis.pttl(lease.key)
  await waitFor(async () => (await leftMs()) > 0, { what: 'the lease to be taken' })
  await waitFor(async () => (await leftMs()) < 0.9 * lease.ttlMs, { what: 'some of its time to pass' })
  await waitFor(async () => (await leftMs()) > 0.9 * lease.ttlMs, { what: 'the lease to be renewed' })
  expect(await withLease(lease, async () => {})).toBe(false)
  end.resolve()
  expect(await first).toBe(true)
  expect(await withLease(lease, async () => {})).toBe(true)
})

test('who loses it is told, and does not take it from the new owner by ending', async () => {
  const lease = leaseOf()
  const held = withLease(lease, async (lost) => void (await once(lost, 'abort')))
  await waitFor(async () => (await redis.get(lease.key)) !== null, { what: 'the lease to be taken' })
  await redis.set(lease.key, 'of another one')
  expect(await held).toBe(true)
  expect(await redis.get(lease.key)).toBe('of another one')
})

test('while Redis is away the work ends before the lease can be another one’s', async () => {
  const away = new Redis(process.env.REDIS_URL ?? '', { retryStrategy: () => null, maxRetriesPerRequest: 0 })
  const lease = { ...leaseOf(`away${randomBytes(4).toString('hex')}`, 1_000), redis: away }
  const begun = Promise.withResolvers<void>()
  const held = withLease(lease, async (lost) => {
    begun.resolve()
    await once(lost, 'abort')
  })
  await begun.promise
  const leftAt = ownTime()
  away.disconnect()
  await held
  expect(ownTime() - leftAt).toBeLessThan(lease.ttlMs)
})
