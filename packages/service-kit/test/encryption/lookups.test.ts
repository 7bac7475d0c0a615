import { describe, expect, test } from 'vitest'
import {
  dayOfKey,
  isIndexKey,
  isKeyId,
  isKeyName,
  keyDay,
  lastEndedDay,
  nameOfKeyId,
  recordSubject,
  slotOf,
  slotOfKeyId,
  startOfKeyDay,
  subjectOfKeyId,
} from '../../src/encryption/key-ids.ts'
import { createLostKeys } from '../../src/encryption/lost-keys.ts'
import { shareLookups } from '../../src/encryption/share-lookups.ts'

describe('lookups', () => {
  test('of one name at the same time are one', async () => {
    const asked: string[][] = []
    const gate = Promise.withResolvers<void>()
    const lookUp = shareLookups(async (names) => {
      asked.push([...names])
      await gate.promise
    })
    const both = [lookUp(['a', 'b', 'a']), lookUp(['b', 'c'])]
    gate.resolve()
    await Promise.all(both)
    await lookUp(['b'])
    expect(asked).toEqual([['a', 'b'], ['c'], ['b']])
  })

  test('that fail fail for all who wait, and are made again by who comes later', async () => {
    let count = 0
    const lookUp = shareLookups(async () => {
      count += 1
      if (count === 1) throw new Error('away')
    })
    const both = await Promise.allSettled([lookUp(['a']), lookUp(['a'])])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await lookUp(['a'])
    expect(count).toBe(2)
  })
})

test('the whole topic is read for keys that are missing once in five minutes, and never for those that are known to be lost', () => {
  let now = 0
  const lost = createLostKeys(() => now)
  expect([lost.mayLook(['a']), lost.mayLook(['b'])]).toEqual([true, false])
  lost.note(['a'])
  now = 300_000
  expect([lost.mayLook(['a']), lost.mayLook(['a', 'b']), lost.has('b')]).toEqual([false, true, false])
})

test('ids of keys name their subject, and no record has that of the key of blind indexes', () => {
  const id = 'default/a/b c/0123456789abcdef'
  expect([subjectOfKeyId(id), nameOfKeyId(id), isKeyId(id)]).toEqual(['default/a/b c', '0123456789abcdef', true])
  for (const text of ['', 'nonsense', 'default/0123456789abcdef', 'default/cnv_1/0123456789abcdeX'])
    expect(isKeyId(text)).toBe(false)
  expect(isIndexKey(`${recordSubject('default/#index')}/0123456789abcdef`)).toBe(false)
  expect(isIndexKey('default/#index/0123456789abcdef')).toBe(true)
})

test('keys of a day name it, and are slots of their own', () => {
  const id = 'default/cnv_1/20261123-0123456789abcdef'
  expect([isKeyId(id), subjectOfKeyId(id), dayOfKey(id)]).toEqual([true, 'default/cnv_1', '20261123'])
  expect(slotOfKeyId(id)).toBe(slotOf('default/cnv_1', '20261123'))
  expect(subjectOfKeyId(slotOf('default/cnv_1', '20261123'))).toBe('default/cnv_1')
  expect(dayOfKey('default/cnv_1/0123456789abcdef')).toBeUndefined()
  expect(['current', 'current:20261123', 'destroyed', '20261123-0123456789abcdef'].map(isKeyName)).toEqual([
    ...[false, false, false, true],
  ])
})

test('a key of a day has ended once so many whole days have passed since the day did', () => {
  const noon = Date.parse('2026-11-23T12:00:00Z')
  expect([keyDay(noon), startOfKeyDay('20261123')]).toEqual(['20261123', Date.parse('2026-11-23T00:00:00Z')])
  // What was written at the end of the 15th is seven and a half days old.
  expect(lastEndedDay(noon, 7)).toBe('20261115')
  expect(lastEndedDay(Date.parse('2026-11-23T00:00:00Z'), 7)).toBe('20261115')
  expect(lastEndedDay(Date.parse('2026-11-22T23:59:59Z'), 7)).toBe('20261114')
})
