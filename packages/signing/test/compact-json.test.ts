import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeCompact } from '../src/compact-json.ts'
import { bodyAs } from '../src/variant.ts'

/** The compact form as verifying uses it; the text itself where it is compact already. */
function compact(text: string): string | undefined {
  const body = Buffer.from(text)
  const pieces: Buffer[] = []
  const result = writeCompact(body, (piece) => pieces.push(Buffer.from(piece)))
  if (result === 'same') return text
  return bodyAs('compact', body)?.toString()
}

const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/)

/** A JSON text of the value with white space, escapes and forms of numbers that a sender may choose. */
function written(value: unknown): fc.Arbitrary<string> {
  if (Array.isArray(value))
    return fc
      .tuple(space, ...value.map((item) => fc.tuple(written(item), space, space)))
      .map(([first, ...items]) => `[${first}${items.map((item) => item.join('')).join(',')}]`)
  if (typeof value === 'object' && value !== null)
    return fc
      .tuple(
        space,
        ...Object.entries(value).map(([name, item]) => fc.tuple(escaped(name), space, space, written(item), space)),
      )
      .map(
        ([first, ...items]) =>
          `{${first}${items.map(([name, a, b, item, c]) => `${name}${a}:${b}${item}${c}`).join(',')}}`,
      )
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number') return numeral(value)
  return fc.constant(JSON.stringify(value))
}

function escaped(text: string): fc.Arbitrary<string> {
  const units = Array.from({ length: text.length }, (_, place) => text.charAt(place))
  if (units.length === 0) return fc.constant('""')
  return fc.array(fc.nat({ max: 3 }), { minLength: units.length, maxLength: units.length }).map((ways) => {
    const hex = (unit: string) => unit.charCodeAt(0).toString(16).padStart(4, '0')
    const parts = units.map((unit, place) => {
      if (ways[place] === 1) return `\\u${hex(unit)}`
      if (ways[place] === 2) return `\\u${hex(unit).toUpperCase()}`
      if (unit === '/' && ways[place] === 3) return '\\/'
      // Half of a pair beside an escaped half could not be written as it is.
      return /[\ud800-\udfff]/.test(unit) ? `\\u${hex(unit)}` : JSON.stringify(unit).slice(1, -1)
    })
    return `"${parts.join('')}"`
  })
}

function numeral(value: number): fc.Arbitrary<string> {
  const forms = [JSON.stringify(value), value.toExponential(), `${value.toExponential(20)}`, value.toFixed(3)]
  return fc.constantFrom(...forms, '1.0', '-0', '0.0000001', '1e3', '1E+2', '123456789012345678901234567890', '1e999')
}

const names = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc.constantFrom('0', '1', '2', '10', '01', '4294967295', '__proto__'),
)
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ minLength: 20, maxLength: 120 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(true, false, null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(names, tie('value'), { maxKeys: 4, noNullPrototype: false }),
  ),
})).value

describe('the compact form', () => {
  test('is what JSON.stringify makes of the parsed text, however it was written', () => {
    const anyText = json.chain(written)
    fc.assert(
      fc.property(anyText, (text) => {
        expect(compact(text)).toBe(JSON.stringify(JSON.parse(text)))
      }),
      { numRuns: 1_000 },
    )
  })

  test('of arbitrary bytes is JSON only when they are', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"1"',
      '1',
      '-',
      '1.',
      ' ',
      '\n',
      '\\',
      '"',
      'true',
      '1 2',
      '\\u00',
      'é',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        expect(isJson(compact(text) ?? 'none')).toBe(isJson(text))
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([
    ['white space between the halves of a value', '[1 2]'],
    ['a number that is none', '[ 01 ]'],
    ['a string without an end', '[ "a'],
    ['an escape without an end', '[ "\\u00'],
  ])('does not exist with %s', (_name, text) => {
    expect(compact(text)).toBeUndefined()
  })

  test('of a large body with names that change their places does not exist: it would have to be parsed', () => {
    const large = (order: string) => `{ ${order}, "filler": "${'x'.repeat(100_000)}" }`
    expect(compact(large('"b": 1, "1": 2'))).toBeUndefined()
    expect(compact(large('"1": 1, "2": 2'))).toBe(large('"1":1,"2":2').replaceAll(/[ ]/g, ''))
  })

  test('of a large text comes whole, whatever the sizes of its parts', () => {
    const value = Array.from({ length: 400 }, (_, place) => ({
      place,
      text: `é"\\${'x'.repeat((place * 997) % 70_000)}`,
      n: place / 7,
    }))
    const body = Buffer.from(JSON.stringify(value, null, 2))
    const sum = createHash('sha1')
    expect(writeCompact(body, (piece) => void sum.update(piece))).toBe('written')
    expect(sum.digest('hex')).toBe(createHash('sha1').update(JSON.stringify(value)).digest('hex'))
  })

  test.each([
    ['odd numbers', '1.50,'],
    ['very small numbers', '1e-7,'],
    ['escapes', '"\\u0041",'],
    ['spaces', ' 1,\n'],
    ['open arrays', '['],
    ['names', '{"9":1},'],
  ])('of a megabyte of %s costs less than 30 ms', (_name, piece) => {
    const body = Buffer.from(`[ ${piece.repeat(1_000_000 / piece.length)}`)
    // Of this thread's processor, and the best of ten: what else the machine does is no cost of ours.
    const times = Array.from({ length: 10 }, () => {
      const before = process.threadCpuUsage()
      writeCompact(body, () => {})
      const { user, system } = process.threadCpuUsage(before)
      return (user + system) / 1_000
    })
    expect(Math.min(...times)).toBeLessThan(30)
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
