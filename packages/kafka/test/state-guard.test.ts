import { randomUUID } from 'node:crypto'
import { waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createStateGuard, type StateGuard, type StateGuardOptions } from '../src/state-guard.ts'

let redis: Redis
const own = `guard:${randomUUID()}:`
let prefix: string
const REBUILDING = { code: 'MR_KAFKA_STATE_REBUILDING', retryable: true }
const { signal } = new AbortController()

beforeAll(() => {
  redis = new Redis(process.env.REDIS_URL ?? '')
})

beforeEach(() => {
  prefix = `${own}${randomUUID()}:`
})

afterAll(async () => {
  const keys = await redis.keys(`${own}*`)
  if (keys.length > 0) await redis.del(keys)
  redis.disconnect()
})

function guardWith(changes: Partial<StateGuardOptions> = {}): StateGuard {
  return createStateGuard({
    redis,
    prefix,
    rebuild: async () => {},
    isEmpty: async () => true,
    committed: async () => new Map([[0, 0n]]),
    onRebuildFailed: () => {},
    ...changes,
  })
}

async function passes(guard: StateGuard, committed = 0n): Promise<boolean> {
  return guard.check(0, committed, signal).then(
    () => true,
    () => false,
  )
}

/** Refuses from now on unless something is read back, which tells the guard nothing. */
async function published(): Promise<StateGuard> {
  let isEmpty = true
  const guard = guardWith({ isEmpty: async () => isEmpty })
  expect(await passes(guard)).toBe(true)
  isEmpty = false
  return guard
}

test('an installation that has published nothing starts without a rebuild, and its partitions name one filling', async () => {
  const rebuild = vi.fn(async () => {})
  const guard = guardWith({ rebuild })
  const fillings = await Promise.all([guard.check(0, 0n, signal), guard.check(1, 0n, signal)])
  expect(new Set(fillings).size).toBe(1)
  expect(rebuild).not.toHaveBeenCalled()
})

test('a Redis without the mark refuses, and passes once the state was read back', async () => {
  const rebuild = vi.fn(async () => {})
  const guard = guardWith({ isEmpty: async () => false, rebuild })
  await expect(guard.check(0, 0n, signal)).rejects.toMatchObject(REBUILDING)
  await waitFor(() => passes(guard), { what: 'the guard to pass' })
  expect(rebuild).toHaveBeenCalledOnce()
})

test('a watermark below the committed offset refuses: Redis has lost its last writes', async () => {
  const guard = await published()
  await guard.advance(0, 10n, await guard.check(0, 0n, signal))
  expect(await passes(guard, 10n)).toBe(true)
  await expect(guard.check(0, 11n, signal)).rejects.toMatchObject(REBUILDING)
})

test('a late owner does not lower the watermark', async () => {
  const guard = await published()
  const filling = await guard.check(0, 0n, signal)
  await guard.advance(0, 10n, filling)
  await guard.advance(0, 4n, filling)
  expect(await passes(guard, 10n)).toBe(true)
})

test('offsets beyond what a double holds are compared exactly', async () => {
  const guard = await published()
  await guard.advance(0, 9_007_199_254_740_992n, await guard.check(0, 0n, signal))
  expect(await passes(guard, 9_007_199_254_740_993n)).toBe(false)
})

test('an owner that wrote before Redis was emptied and filled again does not advance', async () => {
  const guard = await published()
  const filling = await guard.check(0, 0n, signal)
  await redis.del(`${prefix}guard`)
  await expect(guard.check(0, 0n, signal)).rejects.toMatchObject(REBUILDING)
  expect(await passes(guard)).toBe(true)
  await expect(guard.advance(0, 10n, filling)).rejects.toMatchObject(REBUILDING)
})

test('what was committed while an empty installation started is not taken for state that Redis has', async () => {
  let committed = 0n
  const isEmpty = async () => {
    committed = 5n
    return true
  }
  const guard = guardWith({ isEmpty, committed: async () => new Map([[0, committed]]) })
  expect(await passes(guard)).toBe(true)
  expect(
    await guardWith({ isEmpty: async () => false })
      .check(0, 5n, signal)
      .catch(({ code }) => code),
  ).toBe(REBUILDING.code)
})

test('a rebuild that fails is told and tried again', async () => {
  const failures: unknown[] = []
  let tries = 0
  const rebuild = async () => {
    tries += 1
    if (tries === 1) throw new Error('broker away')
  }
  const guard = guardWith({
    isEmpty: async () => false,
    rebuild,
    onRebuildFailed: (error) => failures.push(error),
  })
  await waitFor(() => passes(guard), { what: 'the guard to pass' })
  expect([tries, failures]).toEqual([2, [new Error('broker away')]])
})

test('a Redis that is emptied during the rebuild is not taken as complete', async () => {
  let tries = 0
  const rebuild = async () => {
    tries += 1
    if (tries === 1) await redis.del(`${prefix}guard`)
  }
  const guard = guardWith({ isEmpty: async () => false, rebuild })
  await waitFor(() => passes(guard), { what: 'the guard to pass' })
  expect(tries).toBe(2)
})

test('whoever loses its partition does not wait for the rebuild', async () => {
  const rebuild = Promise.withResolvers<void>()
  const guard = guardWith({ isEmpty: async () => false, rebuild: () => rebuild.promise })
  const lost = new AbortController()
  const checked = expect(guard.check(0, 0n, lost.signal)).rejects.toMatchObject(REBUILDING)
  await waitFor(() => guard.isRebuilding(), { what: 'the rebuild to begin' })
  lost.abort()
  await checked
  expect(guard.isRebuilding()).toBe(true)
  rebuild.resolve()
  await guard.idle()
})

test('a Redis that does not answer is a reason to wait', async () => {
  const away = new Redis({ port: 1, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null })
  away.on('error', () => {})
  const guard = guardWith({ redis: away })
  await expect(guard.check(0, 0n, signal)).rejects.toMatchObject({
    code: 'MR_KAFKA_REDIS_UNAVAILABLE',
    retryable: true,
  })
})
