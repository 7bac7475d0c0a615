import { expect, test } from 'vitest'
import { watchSilence } from '../src/silence.ts'

test('a round that takes many periods, page after page, is no silence', () => {
  const silence = watchSilence(0, 200)
  for (let now = 0; now <= 10_000; now += 150) silence.heard(now)
  expect(silence.take(10_100)).toBe(false)
})

test('a time without a page is one silence, whether it lasts, ended in a round, or began before this process', () => {
  const before = watchSilence(0, 200)
  expect([before.take(1_000), before.take(1_100)]).toEqual([true, false])
  const within = watchSilence(0, 200)
  for (const now of [100, 900, 1_000]) within.heard(now)
  expect([within.take(1_010), within.take(1_020)]).toEqual([true, false])
  expect(within.take(1_500)).toBe(true)
})
