import { expect, test } from 'vitest'
import { fitProperties } from '../src/fit-properties.ts'

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

test('properties that fit come back as they are', () => {
  const properties = { a: 0, b: false, c: null }
  expect(fitProperties(properties)).toBe(properties)
})

test('a long text is cut before anything else goes, and says so', () => {
  const fitted = fitProperties({ text: 'x'.repeat(600_000), other: [1, 2, 3] })
  expect(String(fitted.text).endsWith('… [cut]')).toBe(true)
  expect(fitted.other).toEqual([1, 2, 3])
})

test('a large list gives way to its size', () => {
  const list = Array.from({ length: 300_000 }, () => 0)
  expect(fitProperties({ list, name: 'T' })).toEqual({ list: { cut_bytes: bytesOf(list) }, name: 'T' })
})

test('very many small properties are cut to what a record holds, in reasonable time', () => {
  const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`property-${index}`, index]))
  expect(bytesOf(fitProperties(many))).toBeLessThan(1_000_000)
})
