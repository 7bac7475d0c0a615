import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DomainError, uuidv5, uuidv7 } from '../src/index.ts'
import { createUuidv7 } from '../src/uuid.ts'

const DNS = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
const version7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('version 5 gives the vector of RFC 9562 A.4', () => {
  expect(uuidv5(DNS, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2')
  expect(uuidv5(DNS.toUpperCase(), 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2')
})

test('version 5 takes names in UTF-8 and refuses a namespace that is no UUID', () => {
  expect(uuidv5(DNS, 'münchen')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(() => uuidv5('dns', 'x')).toThrow(DomainError)
})

test('version 7 gives the vector of RFC 9562 A.6', () => {
  const random = Buffer.from('000000000000' + '0cc3' + '98c4dc0c0c07398f', 'hex')
  const make = createUuidv7({ now: () => 0x017f22e279b0, random: () => random })
  // The counter starts in the lower half of rand_a, so the vector's 0xcc3 is masked to 0x4c3.
  expect(make()).toBe('017f22e2-79b0-74c3-98c4-dc0c0c07398f')
})

test('version 7 rises strictly, whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 2, maxLength: 50 }), (steps) => {
      let now = 1_700_000_000_000
      const make = createUuidv7({ now: () => now, random: (size) => Buffer.alloc(size, 0xff) })
      const made = steps.map((step) => {
        now += step
        return make()
      })
      expect(made).toEqual([...new Set(made)].sort())
    }),
  )
})

test('version 7 stays unique and ordered when a millisecond’s counter runs over', () => {
  const make = createUuidv7({ now: () => 1_700_000_000_000, random: (size) => Buffer.alloc(size, 0) })
  const made = Array.from({ length: 10_000 }, make)
  expect(made).toEqual([...new Set(made)].sort())
})

test('version 7 carries the time in its first 48 bits', () => {
  const before = Date.now()
  const id = uuidv7()
  expect(id).toMatch(version7)
  const time = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
  expect(time).toBeGreaterThanOrEqual(before)
  expect(time).toBeLessThan(before + 60_000)
})
