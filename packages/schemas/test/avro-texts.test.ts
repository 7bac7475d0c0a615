import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAvro } from '../src/avro-type.ts'

const type = parseAvro('"string"')

/** https://avro.apache.org/docs/1.12.0/specification/#primitive-types-1 */
function byTheSpecification(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length: number[] = []
  let left = bytes.length * 2
  for (; left > 127; left >>>= 7) length.push((left & 127) | 128)
  return Buffer.concat([Buffer.from([...length, left]), bytes])
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: fc.constantFrom('a', 'é', '漢', '👋'), minLength: 15, maxLength: 70 }),
)

test('texts of any length and kind are written as the specification has it, and read back', () => {
  fc.assert(
    fc.property(text, (value) => {
      const bytes = type.toBuffer(value)
      expect(bytes).toEqual(byTheSpecification(value))
      expect(type.fromBuffer(bytes)).toBe(value.toWellFormed())
    }),
    { numRuns: 1_000 },
  )
})

test.each([62, 63, 64, 65])('a text of %i bytes has its own length', (length) => {
  for (const value of ['x'.repeat(length), `${'x'.repeat(length - 3)}漢`])
    expect(type.toBuffer(value)).toEqual(byTheSpecification(value))
})

test('of a text that does not fit it says how many bytes are missing', () => {
  for (const value of ['x'.repeat(20), '漢'.repeat(20), 'x'.repeat(100)]) {
    const size = byTheSpecification(value).length
    for (const missing of [1, 5, size]) expect(type.encode(value, Buffer.alloc(size - missing), 0)).toBe(-missing)
    expect(type.encode(value, Buffer.alloc(size), 0)).toBe(size)
  }
})

test('what is no text is refused as before', () => {
  expect(() => type.toBuffer(7)).toThrow('invalid "string"')
})
