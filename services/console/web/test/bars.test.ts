import fc from 'fast-check'
import { expect, test } from 'vitest'
import { barsOf } from '../src/pages/overview/bars.ts'

const figures = fc.nat(1_440).chain((length) =>
  fc.array(fc.array(fc.nat(50), { minLength: length, maxLength: length }), { maxLength: 13 }).map((all) => ({
    minutes: Array.from({ length }, (_, at) => at * 60_000),
    series: all.map((counts, at) => ({
      type: at === 12 ? 'other' : `type.${at}`,
      counts,
      total: counts.reduce((sum, count) => sum + count, 0),
    })),
  })),
)

test('no event is left out of the bars, however many types and minutes there are, and there are few of both', () => {
  fc.assert(
    fc.property(figures, (events) => {
      const { times, series } = barsOf(events)
      const shown = series.flatMap(({ values }) => values).reduce((sum, value) => sum + value, 0)
      expect(shown).toBe(events.series.reduce((sum, { total }) => sum + total, 0))
      expect(series.length).toBeLessThanOrEqual(6)
      expect(times.length).toBeLessThanOrEqual(96)
      for (const { values } of series) expect(values.length).toBe(times.length)
    }),
  )
})

test('the rest of the types is one series, named so', () => {
  const one = (type: string) => ({ type, counts: [1], total: 1 })
  const names = (...types: string[]) => barsOf({ minutes: [0], series: types.map(one) }).series.map(({ name }) => name)
  expect(names('a', 'b', 'other')).toEqual(['a', 'b', 'other'])
  expect(names('a', 'b', 'c', 'd', 'e', 'f', 'g')).toEqual(['a', 'b', 'c', 'd', 'e', 'other'])
})
