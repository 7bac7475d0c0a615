import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  breakerNow,
  type Health,
  healthAfter,
  healthOf,
  healthRules,
  isDisabled,
  noticeDue,
  type Outcome,
  stateOf,
  wantsNothing,
  wellHealth,
} from '../src/endpoint-health.ts'

const DAY = 86_400_000
const rules = healthRules(1)
const outcome = (at: number, changes: Partial<Outcome> = {}): Outcome => ({
  startedAt: at,
  endedAt: at,
  isSuccess: false,
  countsAgainstEndpoint: true,
  isGone: false,
  blockedUntil: 0,
  ...changes,
})
const failures = (count: number, at = 1_000) =>
  Array.from({ length: count }, () => outcome(at)).reduce<Health>(
    (health, each) => healthAfter(health, each, rules),
    wellHealth,
  )

test('ten failures in a row open the breaker, nine do not, and a success begins the count anew', () => {
  expect(failures(9).breaker).toBe('closed')
  expect(failures(10)).toMatchObject({ breaker: 'open', openUntil: 16_000, timesOpened: 1, failingSince: 1_000 })
  const healed = healthAfter(failures(9), outcome(2_000, { isSuccess: true }), rules)
  expect(healthAfter(healed, outcome(3_000), rules)).toMatchObject({ breaker: 'closed', failingSince: 3_000 })
})

test('an open breaker lets nothing through, then one probe; each probe that fails doubles the time, up to ten minutes', () => {
  let health = failures(10)
  expect(breakerNow(health, 15_999)).toBe('none')
  const waits: number[] = []
  for (let probes = 0; probes < 8; probes++) {
    const at = health.openUntil
    expect(breakerNow(health, at)).toBe('probe')
    health = healthAfter(health, outcome(at), rules)
    waits.push(health.openUntil - at)
  }
  expect(waits).toEqual([30, 60, 120, 240, 480, 600, 600, 600].map((seconds) => seconds * 1_000))
  expect(breakerNow(healthAfter(health, outcome(health.openUntil, { isSuccess: true }), rules), 0)).toBe('all')
})

test('what was sent before the breaker opened and fails after it says nothing new', () => {
  const open = failures(10)
  expect(healthAfter(open, outcome(900, { endedAt: 5_000 }), rules)).toMatchObject({
    openUntil: 16_000,
    timesOpened: 1,
  })
})

test('faults of our own never count: no breaker, no notice, nothing disabled', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(10 * DAY), { minLength: 1, maxLength: 50 }), (times) => {
      let health: Health = wellHealth
      for (const at of times) health = healthAfter(health, outcome(at, { countsAgainstEndpoint: false }), rules)
      expect(health).toEqual(wellHealth)
    }),
  )
})

test('after five days of only failures it is disabled, told before at 50, 70 and 90 percent, each once', () => {
  let health: Health = wellHealth
  const told: number[] = []
  let hours = 0
  for (; health.disabledAt === null && hours < 200; hours++) {
    const at = 1_000 + hours * 3_600_000
    health = healthAfter(health, outcome(at), rules)
    const percent = noticeDue(health, at, rules)
    if (percent === undefined) continue
    told.push(percent)
    health = { ...health, noticedPercent: percent }
  }
  expect(told).toEqual([50, 70, 90])
  expect(health).toMatchObject({ disabledAt: 1_000 + 5 * DAY, disabledReason: 'failing' })
})

test('one success in five days keeps it enabled', () => {
  let health: Health = wellHealth
  for (let hours = 0; hours < 400; hours++)
    health = healthAfter(health, outcome(hours * 3_600_000, { isSuccess: hours % 119 === 118 }), rules)
  expect(health.disabledAt).toBeNull()
})

test('410 disables at once; only a change by its owner afterwards enables it, not a success that was under way', () => {
  const gone = healthAfter(wellHealth, outcome(5_000, { isGone: true }), rules)
  expect(gone).toMatchObject({ disabledAt: 5_000, disabledReason: 'gone' })
  const late = healthAfter(gone, outcome(6_000, { isSuccess: true }), rules)
  expect(isDisabled(late, 4_000)).toBe(true)
  expect(isDisabled(late, 5_001)).toBe(false)
})

test('what is told of an endpoint is what a later owner goes on from', () => {
  const health = { ...failures(12), blockedUntil: 99_000, noticedPercent: 50 }
  const read = healthOf(stateOf({ tenant: 't', endpoint_id: 'e' }, health, 7))
  expect(read).toEqual({ ...health, failures: 0 })
})

test('nothing more is requested after 410, and for one that failed too long a week after it was disabled, until it is enabled anew', () => {
  const gone: Health = { ...wellHealth, disabledAt: 10, disabledReason: 'gone' }
  const failing: Health = { ...gone, disabledReason: 'failing' }
  expect(wantsNothing(wellHealth, 0, 11, rules)).toBe(false)
  expect(wantsNothing(gone, 0, 11, rules)).toBe(true)
  expect(wantsNothing(gone, 11, 12, rules)).toBe(false)
  expect(wantsNothing(failing, 0, 9 + 7 * DAY, rules)).toBe(false)
  expect(wantsNothing(failing, 0, 10 + 7 * DAY, rules)).toBe(true)
})
