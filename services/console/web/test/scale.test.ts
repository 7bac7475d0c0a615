import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseKind, makeScale } from '../src/pages/event/scale.ts'

const kinds = fc.constantFrom('even' as const, 'stretched' as const)
const totals = fc.integer({ min: 1, max: 30 * 86_400_000 })

describe('the time axis of a waterfall', () => {
  test('keeps the order of moments, from its beginning to its end', () => {
    fc.assert(
      fc.property(kinds, totals, fc.array(fc.nat(30 * 86_400_000)), (kind, total, moments) => {
        const { place } = makeScale(kind, total)
        const places = moments.toSorted((a, b) => a - b).map(place)
        expect(places).toEqual(places.toSorted((a, b) => a - b))
        expect(place(0)).toBe(0)
        expect(place(total)).toBe(1)
      }),
    )
  })

  test('has ticks that are on it, apart, and leave room for the last figure', () => {
    fc.assert(
      fc.property(kinds, totals, (kind, total) => {
        const { ticks, place } = makeScale(kind, total)
        expect(ticks[0]).toBe(0)
        expect(new Set(ticks.map(place)).size).toBe(ticks.length)
        expect(Math.max(...ticks.map(place))).toBeLessThan(0.9)
        expect(ticks.length).toBeLessThan(12)
      }),
    )
  })

  test('is stretched where a late retry would press the hops into a point, and even where all is of one size', () => {
    expect(chooseKind([6, 31, 420, 180, 12_600, 7_200_000], 7_200_000)).toBe('stretched')
    expect(chooseKind([100, 300, 400, 500], 500)).toBe('even')
  })
})
