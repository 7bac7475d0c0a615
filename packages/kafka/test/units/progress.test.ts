import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createOffsetTracker } from '../../src/offset-tracker.ts'
import { decodeProgress, encodeProgress, MAX_METADATA_BYTES } from '../../src/progress.ts'

const progress = fc
  .record({
    committed: fc.bigInt({ min: 0n, max: 2n ** 62n }),
    holes: fc.array(fc.bigInt({ min: 1n, max: 300n }), { maxLength: 400 }),
    beyond: fc.bigInt({ min: 1n, max: 1_000_000n }),
  })
  .map(({ committed, holes, beyond }) => {
    let last = committed
    const unfinished = [committed, ...holes.map((hole) => (last += hole))]
    return { committed, position: last + beyond, unfinished }
  })

test('what is finished beyond the committed offset is told whole where it fits', () => {
  fc.assert(
    fc.property(progress, (told) => {
      const read = decodeProgress(told.committed, encodeProgress(told))
      const isNothingDone = told.position - told.committed === BigInt(told.unfinished.length)
      expect(read).toEqual(isNothingDone ? undefined : told)
    }),
  )
})

test('what does not fit into the commit is left out from the end: nothing unfinished is ever told as done', () => {
  const unfinished = Array.from({ length: 5_000 }, (_, n) => BigInt(n) * 1_000n)
  const text = encodeProgress({ committed: 0n, position: 5_000_000n, unfinished })
  expect(text.length).toBeLessThanOrEqual(MAX_METADATA_BYTES)
  const read = decodeProgress(0n, text)
  expect(read?.unfinished.length).toBeGreaterThan(1_000)
  expect(unfinished.filter((offset) => offset < (read?.position ?? 0n))).toEqual(read?.unfinished)
})

test("another client's metadata is no progress", () => {
  for (const text of ['', null, undefined, 'NO_METADATA', 'p1:']) expect(decodeProgress(5n, text)).toBeUndefined()
})

test('a new owner takes just what its predecessor had not finished, whatever was finished and wherever the hand-over comes', () => {
  const step = fc.record({ isFinish: fc.boolean(), offset: fc.nat({ max: 60 }) })
  fc.assert(
    fc.property(fc.array(step), fc.array(fc.nat({ max: 20 })), (steps, reReads) => {
      const done = new Set<bigint>()
      let tracker = createOffsetTracker()
      tracker.pass(0n)
      let next = 0n
      const take = () => {
        const isTaken = tracker.add(next)
        expect(isTaken).toBe(!done.has(next))
        next++
      }
      const finish = (offset: bigint) => {
        if (offset >= next || done.has(offset)) return
        tracker.finish(offset)
        done.add(offset)
      }
      const handOver = () => {
        const told = tracker.progress()
        if (told === undefined) throw new Error('nothing was received')
        tracker = createOffsetTracker(Date.now, decodeProgress(told.committed, encodeProgress(told)))
        tracker.pass(told.committed)
        next = told.committed
      }
      const all = () => {
        for (const { isFinish, offset } of steps) isFinish ? finish(BigInt(offset)) : take()
      }
      all()
      handOver()
      // Handed over again before everything was read once more.
      for (const count of reReads) {
        for (let times = 0; times < count; times++) take()
        handOver()
      }
      all()
    }),
  )
})
