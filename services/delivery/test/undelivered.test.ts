import { expect, test } from 'vitest'
import { createUndelivered } from '../src/undelivered.ts'
import { deliveryOf } from './support/values.ts'

const now = 1_000_000
const of = (id: string, changes: Parameters<typeof deliveryOf>[0]) => deliveryOf({ delivery_id: id, ...changes })

test('the age of the oldest is told by why it waits; what waits for nothing is stuck since it was due', () => {
  const undelivered = createUndelivered()
  undelivered.take(of('a', { requested_at: now - 9_000, due_at: now - 50 }))
  undelivered.wait(of('b', { requested_at: now - 500, not_before: now + 4_000, waiting_for: 'retry' }))
  undelivered.wait(of('c', { requested_at: now - 700, not_before: now + 4_000, waiting_for: 'breaker' }))
  undelivered.wait(of('d', { requested_at: now - 600, not_before: now + 4_000, waiting_for: 'breaker' }))
  expect(Object.fromEntries(undelivered.oldestMs(now))).toEqual({
    throttled: 0,
    breaker: 700,
    retry: 500,
    order: 0,
    preview: 0,
    stuck: 50,
  })
})

test('one that is let go after it was noted as waiting still waits; one that is done is gone', () => {
  const undelivered = createUndelivered()
  const delivery = of('a', { requested_at: now - 500, not_before: now + 4_000, waiting_for: 'retry' })
  undelivered.take(delivery)
  undelivered.wait(delivery)
  undelivered.drop('a')
  expect(undelivered.oldestMs(now).get('retry')).toBe(500)
  undelivered.take(delivery)
  undelivered.drop('a')
  expect([...undelivered.oldestMs(now).values()]).toEqual([0, 0, 0, 0, 0, 0])
})

test('a retry that another process must have taken is forgotten, one in hand never', () => {
  const undelivered = createUndelivered()
  undelivered.wait(of('a', { requested_at: now, not_before: now + 4_000, waiting_for: 'retry' }))
  undelivered.take(of('b', { requested_at: now }))
  expect(undelivered.oldestMs(now + 3_600_000).get('retry')).toBe(0)
  expect(undelivered.oldestMs(now + 3_600_000).get('stuck')).toBe(3_600_000)
})
