import { readFileSync } from 'node:fs'
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

test('the page about tries has every class, with its plan and who is charged', () => {
  const page = readFileSync(new URL('../../../docs/delivery-attempts.md', import.meta.url), 'utf8')
  for (const [code, { plan, countsAgainstEndpoint }] of entries) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${code}\``))
    const cells = row?.split('|').map((cell) => cell.trim())
    expect(cells?.slice(3, 5), code).toEqual([plan, countsAgainstEndpoint ? 'yes' : 'no'])
  }
})
