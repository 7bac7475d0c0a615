import { describe, expect, test } from 'vitest'
import { queryString } from '../src/app/request.ts'
import { queryOf } from '../src/pages/events/search.ts'
import { formatAge, formatDuration, formatFull, formatTime } from '../src/ui/time-format.ts'

describe('durations', () => {
  test('are told in the two units that matter', () => {
    expect([0, 380, 1_000, 4_230, 12_600, 60_000, 185_000, 7_800_000, 273_600_000].map(formatDuration)).toEqual([
      '0 ms',
      '380 ms',
      '1 s',
      '4.23 s',
      '12.6 s',
      '1 min',
      '3 min 5 s',
      '2 h 10 min',
      '3 d 4 h',
    ])
  })

  test('of an age are whole seconds, never none', () => {
    expect([10, 1_900, 59_999].map(formatAge)).toEqual(['1 s', '1 s', '59 s'])
  })
})

test('a moment of another day names the day; in UTC it says so', () => {
  const at = Date.UTC(2026, 10, 22, 14, 3, 22, 118)
  expect(formatTime(at, 'utc', 'milliseconds', at + 60_000)).toBe('14:03:22.118')
  expect(formatTime(at, 'utc', 'seconds', at + 86_400_000)).toBe('22 Nov 14:03:22')
  expect(formatFull(at, 'utc')).toBe('22 Nov 2026, 14:03:22.118 UTC')
})

describe('filters of the address', () => {
  const none = {
    q: '',
    status: '',
    type: '',
    conversation: '',
    client: '',
    source: '',
    since: '',
    until: '',
    text: '',
    cursor: '',
  }

  test('a span counts back from the minute that it is asked in, so that the query stays while one looks', () => {
    const now = Date.UTC(2026, 10, 23, 12, 0, 41)
    expect(queryOf({ ...none, since: '1h' }, now).since).toBe(Date.UTC(2026, 10, 23, 11, 0, 0))
    expect(queryOf({ ...none, since: '1h' }, now + 10_000).since).toBe(Date.UTC(2026, 10, 23, 11, 0, 0))
  })

  test('a time may be written as a date or as milliseconds; what is neither is left out', () => {
    expect(queryOf({ ...none, since: '2026-11-22T00:00:00Z' }).since).toBe(Date.UTC(2026, 10, 22))
    expect(queryOf({ ...none, until: '1763769600000' }).until).toBe(1_763_769_600_000)
    expect(queryOf({ ...none, since: 'yesterday' }).since).toBeUndefined()
  })

  test('what is empty stays out of the address, and everything else is escaped', () => {
    expect(queryString({ q: 'a&b=ü', status: '', limit: 50, cursor: undefined })).toBe('?q=a%26b%3D%C3%BC&limit=50')
    expect(queryString({})).toBe('')
  })
})
