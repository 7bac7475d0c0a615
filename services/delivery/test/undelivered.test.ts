import { expect, test } from 'vitest'
import { createUndelivered } from '../src/undelivered.ts'
import { deliveryOf } from './support/values.ts'

const now = 1_000_000
const of = (id: string, requested_at: number, not_before = 0) =>
  deliveryOf({ delivery_id: id, requested_at, not_before })

test('the oldest is that of all in hand and waiting', () => {
  const undelivered = createUndelivered()
  undelivered.take(of('a', now - 50))
  undelivered.wait(of('b', now - 500, now + 4_000))
  expect(undelivered.oldestMs(now)).toBe(500)
  undelivered.drop('b')
  expect(undelivered.oldestMs(now)).toBe(50)
  undelivered.drop('a')
  expect(undelivered.oldestMs(now)).toBe(0)
})

test('a retry that another process must have taken is forgotten, one in hand never', () => {
  const undelivered = createUndelivered()
  undelivered.wait(of('a', now, now + 4_000))
  undelivered.take(of('b', now))
  expect(undelivered.oldestMs(now + 3_600_000)).toBe(3_600_000)
  undelivered.drop('b')
  expect(undelivered.oldestMs(now + 3_600_000)).toBe(0)
})
