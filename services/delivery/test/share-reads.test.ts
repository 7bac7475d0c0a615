import { expect, test } from 'vitest'
import { createSharedReads } from '../src/share-reads.ts'

test('a read is shared for ten seconds, a failed one not at all', async () => {
  let now = 0
  let calls = 0
  const shared = createSharedReads(() => now)
  const read = async () => ({ message: { id: `${++calls}` } })
  const [first, second] = await Promise.all([shared.get('a', read), shared.get('a', read)])
  expect([first, calls]).toEqual([second, 1])
  now = 10_000
  await shared.get('a', read)
  expect(calls).toBe(2)

  const failing = async () => {
    calls++
    throw new Error('away')
  }
  await expect(shared.get('b', failing)).rejects.toThrow('away')
  await expect(shared.get('b', failing)).rejects.toThrow('away')
  expect(calls).toBe(4)
})

test('it keeps a hundred, the youngest', async () => {
  let calls = 0
  const shared = createSharedReads(() => 0)
  const read = async () => {
    calls++
    return {}
  }
  for (let place = 0; place <= 100; place++) await shared.get(`${place}`, read)
  await shared.get('100', read)
  expect(calls).toBe(101)
  await shared.get('0', read)
  expect(calls).toBe(102)
})
