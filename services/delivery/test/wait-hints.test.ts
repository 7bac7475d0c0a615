import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rateLimitOf, retryAfterMs } from '../src/wait-hints.ts'

const now = Date.parse('2026-11-23T10:00:00Z')
const hours = 3_600_000

describe('Retry-After', () => {
  test.each([
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5_000],
    ['1.5', 1_500],
    ['99999999', 72 * hours],
    ['Mon, 23 Nov 2026 10:00:30 GMT', 30_000],
    ['Monday, 23-Nov-26 10:00:30 GMT', 30_000],
    ['Mon Nov 23 10:00:30 2026 GMT', 30_000],
    ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
    ['Sat, 01 Jan 2050 00:00:00 GMT', 72 * hours],
    ['-5', null],
    ['soon', null],
    ['', null],
    ['1e9', null],
    ['2026-11-23T10:00:30Z', null],
  ])('%s is %s', (text, ms) => {
    expect(retryAfterMs({ 'retry-after': text }, now)).toBe(ms)
  })

  test('is null when there is none', () => {
    expect(retryAfterMs({}, now)).toBeNull()
  })
})

describe('a rate limit', () => {
  test.each([
    [
      { 'ratelimit-remaining': '3', 'ratelimit-reset': '20' },
      { remaining: 3, resetMs: 20_000, limit: null },
    ],
    [
      { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1_000 + 45) },
      { remaining: 0, resetMs: 45_000, limit: 100 },
    ],
    [{ ratelimit: 'limit=100, remaining=50, reset=30' }, { remaining: 50, resetMs: 30_000, limit: 100 }],
    [{ ratelimit: '"default";r=50;t=30' }, { remaining: 50, resetMs: 30_000, limit: null }],
    [
      { 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '1', 'ratelimit-reset': '9' },
      { remaining: 1, resetMs: 9_000, limit: 100 },
    ],
    [{ 'ratelimit-remaining': '3' }, null],
    [{ 'ratelimit-remaining': '-1', 'ratelimit-reset': '5' }, null],
    [{ 'ratelimit-remaining': 'many', 'ratelimit-reset': '5' }, null],
    [{}, null],
  ])('%j is %j', (headers, limit) => {
    expect(rateLimitOf(headers, now)).toEqual(limit)
  })
})

test('whatever is answered, a wait is a whole number between 0 and 72 hours, or none', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[0-9.:;,=rtA-Za-z -]{0,40}$/),
    fc.date({ noInvalidDate: true }).map(String),
  )
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      const headers = { 'retry-after': a, 'ratelimit-remaining': b, 'ratelimit-reset': c, ratelimit: a }
      const waits = [retryAfterMs(headers, now), rateLimitOf(headers, now)?.resetMs ?? null]
      for (const wait of waits.filter((each) => each !== null)) {
        expect(Number.isInteger(wait)).toBe(true)
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(72 * hours)
      }
    }),
  )
})
