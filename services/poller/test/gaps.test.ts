import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addGaps, gapsAround, withoutRead } from '../src/gaps.ts'

const gap = fc
  .tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 40 }))
  .map(([from, length]) => ({ from, until: from + length, reason: 'finding' }))
const gaps = fc.array(gap, { maxLength: 150 })
const holds = (all: readonly { from: number; until: number }[], time: number) =>
  all.some(({ from, until }) => from < time && time < until)

test('adding times keeps every time that was to be read, in order and apart from each other', () => {
  fc.assert(
    fc.property(gaps, gaps, fc.integer({ min: 0, max: 440 }), (before, more, time) => {
      const all = addGaps(addGaps([], before), more)
      if (holds([...before, ...more], time)) expect(holds(all, time)).toBe(true)
      for (const [place, { from }] of all.slice(1).entries()) expect(from).toBeGreaterThan(all[place]?.until ?? 0)
    }),
  )
})

test('there are never more than a hundred, and those that become one read more, never less', () => {
  const many = Array.from({ length: 250 }, (_, place) => ({
    from: place * 10,
    until: place * 10 + 1 + (place % 7),
    reason: 'finding',
  }))
  const all = addGaps([], many)
  expect(all).toHaveLength(100)
  for (const { from, until } of many) expect(all.some((one) => one.from <= from && until <= one.until)).toBe(true)
})

test('what was read is taken out, and nothing else', () => {
  fc.assert(
    fc.property(gaps, gap, fc.integer({ min: 0, max: 440 }), (before, { from, until }, time) => {
      const all = addGaps([], before)
      const left = withoutRead(all, from, until)
      const isRead = from < time && time < until
      if (isRead) expect(holds(left, time)).toBe(false)
      else if (holds(all, time) && time !== from) expect(holds(left, time)).toBe(true)
    }),
  )
})

test('changes near each other are one time of missed webhooks, those far apart are several', () => {
  const reach = { marginMs: 5, joinMs: 60 }
  expect(gapsAround([200, 100, 130, 1_000], reach)).toEqual([
    { from: 95, until: 205, reason: 'finding' },
    { from: 995, until: 1_005, reason: 'finding' },
  ])
})
