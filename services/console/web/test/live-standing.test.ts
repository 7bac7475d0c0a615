import { expect, test } from 'vitest'
import { standingOf } from '../src/pages/live/standing-of.ts'

test.each([
  ['open', 'live', 'live'],
  ['open', null, 'live'],
  ['open', 'stale', 'open, nothing new comes'],
  ['open', 'catching-up', 'catching up'],
  ['opening', 'stale', 'opening'],
  ['broken', 'live', 'broken, trying again'],
] as const)('a stream that is %s, of a ledger that is %s, says “%s”', (state, ledger, word) => {
  expect(standingOf({ state, ledger }).word).toBe(word)
})
