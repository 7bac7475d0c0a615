import { topics } from '@millrace/schemas'
import { expect, test } from 'vitest'
import { errorClasses, type FailurePlan, type TryErrorCode } from '../src/error-classes.ts'
import { planNext } from '../src/plan-next.ts'
import { policyOf } from '../src/retry-policy.ts'
import { tiersBy } from '../src/tiers.ts'
import { notPosted, type Tried } from '../src/tried.ts'
import { deliveryOf, endpointOf } from './support/values.ts'

const HOUR = 3_600_000
const config = { policy: policyOf(endpointOf({ kind: 'config' }), 1), tiers: tiersBy(1), scale: 1 }
const general = { ...config, policy: policyOf(endpointOf({ kind: 'general' }), 1) }

const tried = (errorCode: TryErrorCode | null, changes: Partial<Tried> = {}): Tried => ({
  ...notPosted('MR_DELIVERY_STATUS'),
  errorCode,
  startedAt: 5_000,
  endedAt: 5_100,
  origin: null,
  ...changes,
})

test.each([
  [0, topics.retry4s, 4_000],
  [1, topics.retry8s, 8_000],
  [2, topics.retry10s, 10_000],
])('failed try %i goes to the retry topic of its number, due that long after its end', (attempts, topic, delay) => {
  for (const rules of [config, general]) {
    const { outcome, retry } = planNext(deliveryOf({ attempts }), tried('MR_DELIVERY_STATUS'), rules)
    expect(outcome).toBe('retrying')
    expect(retry?.topic).toBe(topic)
    expect(retry?.delivery).toMatchObject({ attempts: attempts + 1, waiting_for: 'retry' })
    const waitMs = Number(retry?.delivery.due_at) - 5_100
    expect(waitMs).toBeGreaterThanOrEqual(delay)
    expect(waitMs).toBeLessThanOrEqual(delay * 1.02)
    expect(retry?.delivery.not_before).toBe(retry?.delivery.due_at)
  }
})

test('the fourth failure of a callback URL is a dead letter that names event, endpoint and the last failure', () => {
  const last = tried('MR_DELIVERY_STATUS', { statusCode: 502 })
  expect(planNext(deliveryOf({ attempts: 3 }), last, config)).toEqual({
    outcome: 'failed',
    deadLetter: {
      code: 'MR_DELIVERY_EXHAUSTED',
      reason: 'event evt_1 to endpoint ep_1: 4 tries failed; the last: status 502, MR_DELIVERY_STATUS',
    },
  })
})

test('other endpoints go on for 72 hours, the last wait ends just then', () => {
  let now = 1_000
  let delivery = deliveryOf({ requested_at: now })
  const waits: number[] = []
  for (let tries = 0; tries < 100; tries++) {
    const { retry } = planNext(delivery, tried('MR_DELIVERY_TIMEOUT', { endedAt: now }), general)
    if (retry === undefined) break
    waits.push(retry.delivery.due_at - now)
    delivery = retry.delivery
    now = retry.delivery.due_at
    if (now >= 1_000 + 72 * HOUR) break
  }
  expect(now).toBe(1_000 + 72 * HOUR)
  const nominal = [4, 8, 10, 60, 600, 3_600, 21_600, 43_200, 43_200, 43_200, 43_200].map((seconds) => seconds * 1_000)
  expect(waits.length).toBeGreaterThanOrEqual(12)
  for (const [place, delay] of nominal.entries()) {
    expect(waits[place]).toBeGreaterThanOrEqual(delay)
    expect(waits[place]).toBeLessThanOrEqual(delay * 1.1)
  }
})

test('an endpoint that says when to come again gets nothing sooner, and one that says sooner changes nothing', () => {
  const waitOf = (retryAfterMs: number) =>
    Number(planNext(deliveryOf(), tried('MR_DELIVERY_THROTTLED', { retryAfterMs }), general).retry?.delivery.due_at) -
    5_100
  expect(waitOf(90_000)).toBe(90_000)
  expect(waitOf(1)).toBeGreaterThanOrEqual(4_000)
})

test('success is the end at any try', () => {
  for (const attempts of [0, 1, 2, 3])
    expect(planNext(deliveryOf({ attempts }), tried(null, { statusCode: 204 }), config)).toEqual({
      outcome: 'succeeded',
    })
})

const follows: Readonly<Record<FailurePlan, string>> = {
  retry: 'retrying retry',
  throttle: 'retrying retry',
  wait: 'retrying again',
  repeat: 'unknown again',
  disable: 'failed dead letter',
  'dead-letter': 'failed dead letter',
  drop: 'failed nothing',
}
test.each(Object.keys(errorClasses) as TryErrorCode[])('what follows from %s is what its class says', (code) => {
  const { outcome, retry, deadLetter, againMs } = planNext(deliveryOf({ requested_at: 5_000 }), tried(code), general)
  const what = retry ? 'retry' : deadLetter ? 'dead letter' : againMs === undefined ? 'nothing' : 'again'
  expect(`${outcome} ${what}`).toBe(follows[errorClasses[code].plan])
  if (deadLetter !== undefined) expect(deadLetter.code).toBe(code)
})
