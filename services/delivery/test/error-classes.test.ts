import { expect, test } from 'vitest'
import { errorClasses } from '../src/error-classes.ts'
import { deliveryErrors } from '../src/errors.ts'

const entries = Object.entries(errorClasses)

test('every class is an error of the service whose `retryable` agrees with its plan', () => {
  const final = ['disable', 'dead-letter', 'drop']
  for (const [code, { plan }] of entries) {
    expect(deliveryErrors[code as keyof typeof errorClasses].retryable, code).toBe(!final.includes(plan))
  }
})

test('what waits or repeats never counts against an endpoint, and what is tried again by its policy always does', () => {
  for (const [code, { plan, countsAgainstEndpoint }] of entries) {
    if (plan === 'wait' || plan === 'repeat' || plan === 'throttle') expect(countsAgainstEndpoint, code).toBe(false)
    if (plan === 'retry') expect(countsAgainstEndpoint, code).toBe(true)
  }
})

test('our own faults are these', () => {
  const own = entries.filter(([, { plan }]) => plan === 'wait').map(([code]) => code.replace('MR_DELIVERY_', ''))
  expect(own.sort()).toEqual(['ENDPOINT_UNREAD', 'NO_ROUTE', 'PROXY_AWAY', 'RESOLVER_AWAY', 'SECRET_KEY_MISSING'])
})
