import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs, pauseFor, withDeadline } from '../../src/backoff.ts'
import { chunked } from '../../src/chunks.ts'
import { partitionKey, type WireRecord } from '../../src/port.ts'

test('a backoff doubles up to its maximum, and lies between half and all of that', () => {
  const ranges = fc.tuple(
    fc.integer({ min: 1, max: 200 }),
    fc.integer({ min: 1, max: 1_000 }),
    fc.integer({ min: 1, max: 60_000 }),
  )
  fc.assert(
    fc.property(ranges, ([attempt, base, max]) => {
      const ceiling = Math.min(max, base * 2 ** (attempt - 1))
      const wait = backoffMs(attempt, base, max)
      expect(wait).toBeGreaterThanOrEqual(Math.min(ceiling, max) / 2)
      expect(wait).toBeLessThanOrEqual(ceiling)
    }),
  )
})

test('a pause ends at once when its signal aborts, or has aborted', async () => {
  const stop = new AbortController()
  const pause = pauseFor(60_000, stop.signal)
  stop.abort()
  await pause
  await pauseFor(60_000, stop.signal)
})

test('a deadline gives up on work that hangs, and passes on what work says', async () => {
  expect(await withDeadline(new Promise(() => {}), 5)).toBeUndefined()
  expect(await withDeadline(Promise.resolve('done'), 60_000)).toBe('done')
  await expect(withDeadline(Promise.reject(new Error('no')), 60_000)).rejects.toThrow('no')
})

const LIMIT = 768 * 1024
const sizes = fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 0, max: 900_000 }))
const record = fc.tuple(fc.integer({ min: 0, max: 2 }), sizes).map(
  ([partition, size]): WireRecord => ({
    topic: 't',
    partition,
    key: null,
    // Only its length is looked at.
    value: { length: size } as Buffer,
    headers: {},
  }),
)

test('chunks hold every record once and in order, and no partition more than a batch may be, but for one large record', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 60 }), (records) => {
      const chunks = chunked(records)
      expect(chunks.flat()).toEqual(records)
      for (const chunk of chunks) {
        expect(chunk.length).toBeGreaterThan(0)
        for (const own of Object.values(Object.groupBy(chunk, partitionKey))) {
          const bytes = (own ?? []).reduce((sum, { value, key }) => sum + (value?.length ?? 0) + (key?.length ?? 0), 0)
          if (own?.length !== 1) expect(bytes).toBeLessThanOrEqual(LIMIT)
        }
      }
    }),
  )
})
