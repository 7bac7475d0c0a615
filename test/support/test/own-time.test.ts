import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ownTime } from '../src/own-time.ts'

test('a wait counts, and what stalls the event loop does not', async () => {
  const [wall, own] = [performance.now(), ownTime()]
  // In pieces: a machine that stalls all of one wait lets it count for no more than 50 ms.
  for (let piece = 0; piece < 10; piece++) await sleep(25)
  const waited = ownTime() - own
  expect(waited).toBeGreaterThan(50)
  expect(waited).toBeLessThanOrEqual(performance.now() - wall)
  for (const until = performance.now() + 500; performance.now() < until; );
  // A sum of fractions is not exact.
  expect(ownTime() - own - waited).toBeLessThan(50.001)
  expect(performance.now() - wall).toBeGreaterThan(690)
})
