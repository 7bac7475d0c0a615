import { topics } from '@millrace/schemas'
import { expect, test } from 'vitest'
import { untilWorkedOff } from '../../src/erase/worked-off.ts'

/** Each topic has one partition with ten records, the last of them the mark of a transaction; `places` says how far groups are. */
function reader(places: Record<string, bigint>) {
  const at = (offset: bigint) => Promise.resolve(new Map([[0, offset]]))
  return {
    starts: () => at(0n),
    ends: () => at(10n),
    committed: (group: string) => {
      const place = places[group]
      return place === undefined ? Promise.resolve(new Map<number, bigint>()) : at(place)
    },
  }
}

const { signal } = new AbortController()
const done = { dedup: 9n, 'knowledge-extract': 10n, 'knowledge-snapshots': 9n, 'knowledge-fold': 9n }

test('services that are past everything are not waited for, nor those that nobody has', async () => {
  expect(await untilWorkedOff(reader(done), Date.now(), signal)).toBe(true)
  expect(await untilWorkedOff(reader({}), Date.now(), signal)).toBe(true)
})

test('a fold that is behind is waited for until it is past what was there, and no longer than it may take', async () => {
  const places = { ...done, 'knowledge-fold': 3n }
  expect(await untilWorkedOff(reader(places), Date.now() - 1, signal)).toBe(false)
  const waiting = untilWorkedOff(reader(places), Date.now() + 60_000, signal)
  places['knowledge-fold'] = 9n
  expect(await waiting).toBe(true)
  expect(topics.observations.groups).toContain('knowledge-fold')
})
