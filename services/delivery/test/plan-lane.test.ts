import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Health, wellHealth } from '../src/endpoint-health.ts'
import { HOLD_MS, heldAtMost, type LaneView, planLane } from '../src/plan-lane.ts'

const NOW = 1_000_000
const lane = (changes: Partial<LaneView> = {}): LaneView => ({
  returned: 0,
  fresh: 0,
  open: 0,
  isSlow: false,
  tryMs: undefined,
  maxInFlight: 10,
  perMinute: 100,
  windowMs: 60_000,
  isCrowded: false,
  heldUntil: 0,
  nextSlot: 0,
  health: wellHealth,
  ...changes,
})
const open = (until: number): Health => ({ ...wellHealth, breaker: 'open', openUntil: until })

const time = fc.integer({ min: NOW - 100_000, max: NOW + 1_000_000 })
const view: fc.Arbitrary<LaneView> = fc.record({
  returned: fc.nat(300),
  fresh: fc.nat(300),
  open: fc.nat(20),
  isSlow: fc.boolean(),
  tryMs: fc.option(fc.nat(20_000), { nil: undefined }),
  maxInFlight: fc.integer({ min: 1, max: 20 }),
  perMinute: fc.integer({ min: 1, max: 500 }),
  windowMs: fc.constant(60_000),
  isCrowded: fc.boolean(),
  heldUntil: fc.oneof(fc.constant(0), time),
  nextSlot: fc.oneof(fc.constant(0), time),
  health: fc.oneof(fc.constant(wellHealth), time.map(open)),
})

test('whatever the state: no more is asked for than waits and fits, memory is bounded, and who is parked is due later', () => {
  fc.assert(
    fc.property(view, (given) => {
      const plan = planLane(given, NOW)
      const waiting = given.returned + given.fresh
      expect(plan.ask).toBeGreaterThanOrEqual(0)
      expect(plan.ask + given.open).toBeLessThanOrEqual(Math.max(given.open, given.maxInFlight))
      expect(plan.ask).toBeLessThanOrEqual(plan.stay)
      expect(plan.stay).toBeLessThanOrEqual(waiting)
      expect(plan.stay - plan.ask).toBeLessThanOrEqual(heldAtMost(given))
      if (plan.stay < waiting) {
        expect(plan.parkFrom).toBeGreaterThanOrEqual(NOW + HOLD_MS)
        expect(plan.parkFrom).toBeGreaterThanOrEqual(given.nextSlot)
      }
      const isGated = given.heldUntil > NOW || (given.health.breaker === 'open' && given.health.openUntil > NOW)
      if (isGated) expect(plan.ask).toBe(0)
      // Nobody is forgotten: something is asked for, is under way, will be looked at again, or nobody stays.
      const goesOn = plan.ask > 0 || given.open > 0 || plan.lookAt !== undefined || plan.stay === 0
      expect(goesOn).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test('while the breaker is open for long nobody stays in memory; when it ends, one goes', () => {
  expect(planLane(lane({ fresh: 50, health: open(NOW + 30_000) }), NOW)).toMatchObject({
    stay: 0,
    cause: 'breaker',
    parkFrom: NOW + 30_000,
  })
  expect(planLane(lane({ returned: 50, health: open(NOW) }), NOW).ask).toBe(1)
  expect(planLane(lane({ returned: 50, open: 1, health: open(NOW) }), NOW).ask).toBe(0)
})

test('a short wait is waited for in memory', () => {
  expect(planLane(lane({ fresh: 5, heldUntil: NOW + 700 }), NOW)).toMatchObject({ ask: 0, stay: 5, lookAt: NOW + 700 })
})

test('who comes new does not pass those that wait for their reserved slots', () => {
  const plan = planLane(lane({ returned: 2, fresh: 5, nextSlot: NOW + 60_000 }), NOW)
  expect(plan).toMatchObject({ ask: 2, stay: 2, parkFrom: NOW + 60_000, cause: 'throttled' })
})

test('of a burst so many stay as the endpoint takes before those that are parked come back', () => {
  const burst = { fresh: 5_000, perMinute: 100_000 }
  const under = 10
  expect(planLane(lane({ ...burst, tryMs: 100 }), NOW).stay).toBe(under + 500)
  expect(planLane(lane({ ...burst, tryMs: 2 }), NOW).stay).toBe(under + 1_000)
  expect(planLane(lane({ ...burst, tryMs: undefined }), NOW).stay).toBe(under + 1_000)
  expect(planLane(lane({ ...burst, tryMs: 1_500 }), NOW).stay).toBe(under + 200)
  expect(planLane(lane({ ...burst, isSlow: true }), NOW).stay).toBe(under + 200)
  expect(planLane(lane({ ...burst, isCrowded: true }), NOW).stay).toBe(under + 30)
  expect(planLane(lane({ ...burst, perMinute: 100 }), NOW).stay).toBe(under + 100)
})
