import { randomUUID } from 'node:crypto'
import { waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createStateGuard, type StateGuardOptions } from '../src/state-guard.ts'

let redis: Redis
let prefix: string
const REBUILDING = { code: 'MR_KNOWLEDGE_STATE_REBUILDING', retryable: true }

beforeAll(() => {
  redis = new Redis(process.env.REDIS_URL ?? '')
})

beforeEach(() => {
  prefix = `guard:${randomUUID()}:`
})

afterAll(() => redis.disconnect())

function guardWith(changes: Partial<StateGuardOptions> = {}) {
  return createStateGuard({
    redis,
    prefix,
    rebuild: async () => {},
    isGraphEmpty: async () => true,
    onRebuildFailed: () => {},
    ...changes,
  })
}

async function passes(guard: ReturnType<typeof guardWith>, committed = 0n): Promise<boolean> {
  return guard.check(0, committed).then(
    () => true,
    () => false,
  )
}

test('an installation without a graph starts without a rebuild', async () => {
  const guard = guardWith()
  await guard.prepare()
  expect(await passes(guard)).toBe(true)
})

test('a Redis without the mark refuses, and passes once the graph was read back', async () => {
  const rebuild = vi.fn(async () => {})
  const guard = guardWith({ isGraphEmpty: async () => false, rebuild })
  await guard.prepare()
  await expect(guard.check(0, 0n)).rejects.toMatchObject(REBUILDING)
  await waitFor(() => passes(guard), { what: 'the guard to pass' })
  expect(rebuild).toHaveBeenCalledOnce()
})

test('a watermark below the committed offset refuses: Redis has lost its last writes', async () => {
  const guard = guardWith()
  await guard.prepare()
  await guard.advance(0, 10n)
  expect(await passes(guard, 10n)).toBe(true)
  await expect(guard.check(0, 11n)).rejects.toMatchObject(REBUILDING)
})

test('a late owner does not lower the watermark', async () => {
  const guard = guardWith()
  await guard.prepare()
  await guard.advance(0, 10n)
  await guard.advance(0, 4n)
  expect(await passes(guard, 10n)).toBe(true)
})

test('offsets beyond what a double holds are compared exactly', async () => {
  const guard = guardWith()
  await guard.prepare()
  await guard.advance(0, 9_007_199_254_740_992n)
  expect(await passes(guard, 9_007_199_254_740_993n)).toBe(false)
})

test('a rebuild that fails is told and tried again', async () => {
  const failures: unknown[] = []
  let tries = 0
  const rebuild = async () => {
    tries += 1
    if (tries === 1) throw new Error('broker away')
  }
  const guard = guardWith({
    isGraphEmpty: async () => false,
    rebuild,
    onRebuildFailed: (error) => failures.push(error),
  })
  await waitFor(() => passes(guard), { what: 'the guard to pass' })
  expect([tries, failures]).toEqual([2, [new Error('broker away')]])
})

test('a Redis that does not answer is a reason to wait', async () => {
  const away = new Redis({ port: 1, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null })
  away.on('error', () => {})
  const guard = guardWith({ redis: away })
  await expect(guard.check(0, 0n)).rejects.toMatchObject({ code: 'MR_KNOWLEDGE_REDIS_UNAVAILABLE', retryable: true })
})
