import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createArrivals } from '../../src/arrivals.ts'
import { createReachKeys } from '../../src/reach-keys.ts'
import { createRecordingLog } from '../support/recording-log.ts'

/** Arrivals of one partition, with keys that come when the test says so. */
function partition() {
  const taken: string[] = []
  const owner = new AbortController()
  const keys = new Map<string, PromiseWithResolvers<void>>()
  const atHand = new Set<string>()
  const waits: number[] = []
  const arrivals = createArrivals(createReachKeys(createRecordingLog(), {}), owner.signal, () =>
    waits.push(arrivals.waiting()),
  )
  return {
    taken,
    waits,
    owner,
    arrivals,
    /** Something that needs no key, or the one that is named. */
    come: (what: string, key?: string) =>
      arrivals.arrive(
        () => taken.push(what),
        () => {
          if (key === undefined || atHand.has(key)) return undefined
          const known = keys.get(key) ?? Promise.withResolvers<void>()
          keys.set(key, known)
          return known.promise
        },
      ),
    async get(key: string) {
      atHand.add(key)
      keys.get(key)?.resolve()
      await turn()
    },
  }
}

test('what needs no key is taken at once', () => {
  const { come, taken } = partition()
  come('a')
  come('b')
  expect(taken).toEqual(['a', 'b'])
})

test('behind what waits for its keys everything waits, and is taken in order', async () => {
  const { come, taken, get, waits } = partition()
  come('a', 'one')
  come('passed a')
  come('b', 'two')
  come('passed b')
  await get('two')
  expect(taken).toEqual([])
  await get('one')
  expect(taken).toEqual(['a', 'passed a', 'b', 'passed b'])
  expect(waits).toEqual([1, 2, 3, 4, 3, 2, 1, 0])
})

test('what was forgotten is never taken, and what comes after it is', async () => {
  const { come, taken, get, arrivals } = partition()
  come('old', 'one')
  arrivals.forget()
  come('new', 'one')
  await get('one')
  expect(taken).toEqual(['new'])
})

test('once the partition is lost nothing of it is taken, also when its keys come at that moment', async () => {
  const { come, taken, get, owner } = partition()
  come('a', 'one')
  come('b')
  owner.abort()
  await get('one')
  expect(taken).toEqual([])
})
