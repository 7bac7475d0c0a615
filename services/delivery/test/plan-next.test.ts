import { retryTiers } from '@millrace/schemas'
import { expect, test } from 'vitest'
import { type DeliveryErrorCode, deliveryErrors } from '../src/errors.ts'
import { planNext } from '../src/plan-next.ts'
import { deliveryOf } from './support/values.ts'

const tried = (errorCode: DeliveryErrorCode | null, statusCode: number | null = null) => ({
  startedAt: 5_000,
  endedAt: 5_100,
  statusCode,
  errorCode,
})

test.each([0, 1, 2])('failed try %i goes to the retry topic of its number, due that long after its end', (attempts) => {
  const plan = planNext(deliveryOf({ attempts }), tried('MR_DELIVERY_STATUS', 500))
  expect(plan.outcome).toBe('retrying')
  expect(plan.retry?.topic).toBe(retryTiers[attempts]?.topic)
  const dueAt = 5_100 + Number(retryTiers[attempts]?.delayMs)
  expect(plan.retry?.delivery).toEqual(
    deliveryOf({ attempts: attempts + 1, not_before: dueAt, due_at: dueAt, waiting_for: 'retry' }),
  )
})

test('the fourth failure is a dead letter that names event, endpoint and the last failure', () => {
  expect(planNext(deliveryOf({ attempts: 3 }), tried('MR_DELIVERY_STATUS', 502))).toEqual({
    outcome: 'failed',
    deadLetter: {
      code: 'MR_DELIVERY_EXHAUSTED',
      reason: 'event evt_1 to endpoint ep_1: 4 tries failed; the last: status 502, MR_DELIVERY_STATUS',
    },
  })
})

test('success is the end at any try', () => {
  for (const attempts of [0, 1, 2, 3])
    expect(planNext(deliveryOf({ attempts }), tried(null, 204))).toEqual({ outcome: 'succeeded' })
})

const classes: Readonly<Record<DeliveryErrorCode, 'retry' | 'dead letter' | 'drop'>> = {
  MR_DELIVERY_STATUS: 'retry',
  MR_DELIVERY_REDIRECT: 'retry',
  MR_DELIVERY_TIMEOUT: 'retry',
  MR_DELIVERY_DNS: 'retry',
  MR_DELIVERY_RESOLVER_AWAY: 'retry',
  MR_DELIVERY_TLS: 'retry',
  MR_DELIVERY_CONNECTION: 'retry',
  MR_DELIVERY_BAD_ANSWER: 'retry',
  MR_DELIVERY_THROTTLED: 'retry',
  MR_DELIVERY_NO_CONSENT: 'retry',
  MR_DELIVERY_PROXY_AWAY: 'retry',
  MR_DELIVERY_NO_ROUTE: 'retry',
  MR_DELIVERY_SECRET_KEY_MISSING: 'retry',
  MR_DELIVERY_ENDPOINT_UNREAD: 'retry',
  MR_DELIVERY_ABORTED: 'retry',
  MR_DELIVERY_HEADERS_REFUSED: 'dead letter',
  MR_DELIVERY_GONE: 'dead letter',
  MR_DELIVERY_URL_REFUSED: 'dead letter',
  MR_DELIVERY_ADDRESS_REFUSED: 'dead letter',
  MR_DELIVERY_SECRET_UNREADABLE: 'dead letter',
  MR_DELIVERY_EXHAUSTED: 'dead letter',
  MR_DELIVERY_ENDPOINT_REMOVED: 'drop',
  MR_DELIVERY_ENDPOINT_DISABLED: 'drop',
}
test.each(Object.keys(deliveryErrors) as DeliveryErrorCode[])('after the first try with %s', (code) => {
  const { retry, deadLetter } = planNext(deliveryOf(), tried(code))
  expect(retry ? 'retry' : deadLetter ? 'dead letter' : 'drop').toBe(classes[code])
})
