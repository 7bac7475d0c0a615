import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ownTime } from '../src/own-time.ts'

test('a wait counts, and what stalls the event loop does not', async () => {
  const [own, wall] = [ownTime(), performance.now()]
  await sleep(200)
  const waited = ownTime() - own
  expect(waited).toBeGreaterThan(50)
  expect(waited).toBeLessThanOrEqual(performance.now() - wall)
  for (const until = performance.now() + 500; performance.now() < until; );
  expect(ownTime() - own - waited).toBeLessThanOrEqual(50)
  expect(performance.now() - wall).toBeGreaterThan(690)
})
