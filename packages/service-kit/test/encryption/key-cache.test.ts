import { expect, test } from 'vitest'
import { createKeyCache } from '../../src/encryption/key-cache.ts'

test('a key that is held is found for the next ten seconds, and never after its age', () => {
  let now = 0
  const cache = createKeyCache(10, 60_000, () => now)
  cache.set('a', 'lost')
  now = 50_000
  expect(cache.hold('a')).toBe('lost')
  now = 60_000
  expect(cache.get('a')).toBe('lost')
  expect(cache.hold('a')).toBeUndefined()
  now = 60_001
  expect(cache.get('a')).toBeUndefined()
  expect(cache.getStale('a')).toBe('lost')
})

test('keys that are held stay when others are set beside them', () => {
  const cache = createKeyCache(3, 60_000, () => 0)
  for (const name of ['a', 'b', 'c']) cache.set(name, 'lost')
  cache.hold('a')
  for (const name of ['d', 'e']) cache.set(name, 'lost')
  expect(['a', 'b', 'c', 'd', 'e'].filter((name) => cache.get(name) !== undefined)).toEqual(['a', 'd', 'e'])
})
