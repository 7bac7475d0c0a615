import { expect, test } from 'vitest'
import { createLargeTurns } from '../src/large-turns.ts'

function busy(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

test('a small body waits for nobody', () => {
  expect(createLargeTurns()(2_000)).toBeUndefined()
})

test('large bodies go in turn, and others get as much time as each of them took', async () => {
  const turns = createLargeTurns()
  const order: number[] = []
  const gaps: number[] = []
  let last = performance.now()
  const ticker = setInterval(() => {
    gaps.push(performance.now() - last)
    last = performance.now()
  }, 1)
  const began = performance.now()
  await Promise.all(
    Array.from({ length: 10 }, async (_, place) => {
      await turns(1_000_000)
      order.push(place)
      busy(10)
    }),
  )
  const took = performance.now() - began
  clearInterval(ticker)
  expect(order).toEqual(Array.from({ length: 10 }, (_, place) => place))
  // Ten times ten milliseconds, and nine pauses of the same length between them.
  expect(took).toBeGreaterThan(180)
  // One in each pause at least, however little of the processor there is.
  expect(gaps.length).toBeGreaterThanOrEqual(9)
})
