import { expect, test } from 'vitest'
import { daysInForce, SHORTER_AFTER_MS } from '../../src/retention/days-in-force.ts'

const none = { next_days: null, next_from: null }

test('more days hold at once, and so does having none', () => {
  expect(daysInForce({ days: 7, ...none }, 14, 1_000)).toEqual({ days: 14, ...none })
  expect(daysInForce({ days: 7, ...none }, undefined, 1_000)).toEqual({ days: null, ...none })
  expect(daysInForce(undefined, undefined, 1_000)).toEqual({ days: null, ...none })
})

test('fewer days hold once they were asked for during a whole day', () => {
  const asked = daysInForce({ days: 30, ...none }, 7, 1_000)
  expect(asked).toEqual({ days: 30, next_days: 7, next_from: 1_000 + SHORTER_AFTER_MS })
  expect(daysInForce(asked, 7, SHORTER_AFTER_MS)).toEqual(asked)
  expect(daysInForce(asked, 7, 1_000 + SHORTER_AFTER_MS)).toEqual({ days: 7, ...none })
})

test('what was asked for by mistake and taken back never holds, and another number waits anew', () => {
  const asked = daysInForce(undefined, 7, 0)
  expect(daysInForce(asked, undefined, SHORTER_AFTER_MS)).toEqual({ days: null, ...none })
  expect(daysInForce(asked, 8, SHORTER_AFTER_MS)).toEqual({
    ...{ days: null, next_days: 8, next_from: 2 * SHORTER_AFTER_MS },
  })
})
