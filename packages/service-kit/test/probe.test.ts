import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createProbe } from '../src/probe.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

test('however often it is polled, one question is open at a time and its answer counts for two seconds', async () => {
  const ask = vi.fn(() => Promise.resolve())
  const probe = createProbe(ask)
  expect(await Promise.all([probe(), probe()])).toEqual([true, true])
  vi.advanceTimersByTime(2_000)
  await probe()
  expect(ask).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(1)
  await probe()
  expect(ask).toHaveBeenCalledTimes(2)
})

test('a refusal is the reason, until a later question is answered', async () => {
  let isAway = true
  const probe = createProbe(() => (isAway ? Promise.reject(new Error('connection refused')) : Promise.resolve()))
  expect(await probe()).toBe('connection refused')
  isAway = false
  vi.advanceTimersByTime(2_001)
  expect(await probe()).toBe(true)
})
