import { expect, test } from 'vitest'
import { parseRateLimits, parseRetryAfter, retryAfterInMessage } from '../src/rate-limits.ts'

test('reads every header that Front documents', () => {
  const headers = {
    'x-ratelimit-limit': '50',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': '1506092100.123',
    'x-ratelimit-burst-limit': '25',
    'x-ratelimit-burst-remaining': '3',
    'x-front-tier': '2',
    'retry-after': '4',
  }
  expect(parseRateLimits(headers)).toEqual({
    limit: 50,
    remaining: 0,
    resetAt: 1_506_092_100_123,
    burstLimit: 25,
    burstRemaining: 3,
    tier: '2',
    retryAfterMs: 4_000,
  })
})

test('an answer without such headers says nothing', () => {
  expect(parseRateLimits({ 'content-type': 'application/json' })).toBeNull()
})

test.each([
  ['0', 0],
  ['0.2', 200],
  ['-5', 0],
  ['999999999', 3_600_000],
  ['Thu, 01 Jan 1970 00:00:20 GMT', 10_000],
  ['soon', null],
  ['', null],
])('Retry-After %j is %j ms', (text, expected) => {
  expect(parseRetryAfter({ 'retry-after': text }, 10_000)).toBe(expected)
})

test('finds the wait in the text of a tier limit', () => {
  expect(retryAfterInMessage('Rate limit exceeded for tier-2 route. Please retry in 341 milliseconds.')).toBe(341)
  expect(retryAfterInMessage('Rate limit exceeded')).toBeNull()
})
