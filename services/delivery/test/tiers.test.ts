import { retryTiers, topics } from '@millrace/schemas'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LONGEST_HORIZON_MS } from '../src/retry-policy.ts'
import { park, tiersBy } from '../src/tiers.ts'
import { deliveryOf } from './support/values.ts'

const HOUR = 3_600_000
const tiers = tiersBy(1)

test('any wait is waited for to its end in a few hops, each a tier’s delay and at most a tenth more', () => {
  const hops = fc.property(
    fc.integer({ min: 1, max: LONGEST_HORIZON_MS }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (waitMs, late) => {
      let now = 5_000
      const dueAt = now + waitMs
      let delivery = deliveryOf()
      let count = 0
      while (count === 0 || dueAt - now > 2_500) {
        const parked = park(tiers, delivery, { dueAt, cause: 'retry', now })
        const tier = tiers.find(({ topic }) => topic === parked.topic)
        delivery = parked.delivery
        const inTier = delivery.not_before - now
        expect(inTier).toBeGreaterThanOrEqual(Number(tier?.delayMs))
        expect(inTier).toBeLessThanOrEqual(Number(tier?.delayMs) * 1.1)
        expect(delivery.due_at).toBe(dueAt)
        // Looked at a little late, as ever.
        now = delivery.not_before + Math.round(late * 200)
        count++
      }
      // At most the shortest tier or a fiftieth late.
      expect(now - dueAt).toBeLessThanOrEqual(Math.max(4_400, waitMs * 0.02) + 200)
      expect(count).toBeLessThanOrEqual(40)
    },
  )
  fc.assert(hops, { numRuns: 1_000 })
})

test('a wait of a tier’s length is one hop', () => {
  for (const { delayMs, topic } of retryTiers) {
    const parked = park(tiers, deliveryOf(), { dueAt: 1_000 + delayMs * 1.05, cause: 'retry', now: 1_000 })
    expect(parked.topic).toBe(topic)
    expect(parked.delivery.not_before).toBe(parked.delivery.due_at)
  }
})

test('a wait that falls short of a tier’s length by a little is one hop too, which ends late and never early', () => {
  // A breaker opens again for as long as before; by the time that a delivery is parked, a little of it has passed.
  const parked = park(tiers, deliveryOf(), { dueAt: 600_000, cause: 'breaker', now: 1_000 })
  expect(parked.topic).toBe(topics.retry10m)
  expect(parked.delivery).toMatchObject({ not_before: 601_000, due_at: 600_000 })
})

test('no delivery waits for a tier’s end beyond its own', () => {
  const { topic, delivery } = park(tiers, deliveryOf(), { dueAt: 600_000, cause: 'breaker', now: 1_000, end: 600_000 })
  expect(topic).toBe(topics.retry1m)
  expect(delivery.not_before).toBe(61_000)
})

test('no record stays in a topic for longer than a part of its retention', () => {
  const longest = Math.max(...tiers.map(({ delayMs }) => delayMs * 1.1))
  for (const { topic } of tiers) expect(topic.retentionMs).toBeGreaterThan(longest + LONGEST_HORIZON_MS)
  expect(longest).toBeLessThan(14 * HOUR)
})
