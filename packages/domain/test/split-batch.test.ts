import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DomainError, MAX_BATCH_SIZE, parseJson, readBatch, splitBatch } from '../src/index.ts'
import { fixture } from './fixtures.ts'

const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 3 })

/** JSON text in some of the many ways to write it: white space anywhere, escapes or not. */
const jsonText = fc
  .tuple(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), fc.boolean())
  .map(([value, indent, isEscaped]) => {
    const text = JSON.stringify(value, null, indent)
    if (!isEscaped) return text
    return text.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  })

test('each element of an array keeps exactly its own bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(space, jsonText, space), { maxLength: 8 }), space, (elements, around) => {
      const body = Buffer.from(
        `${around}[${elements.map((parts) => parts.join('')).join(',')}${elements.length === 0 ? around : ''}]${around}`,
      )
      const { items, isArray } = readBatch(body)
      expect(isArray).toBe(true)
      expect(items.map((item) => item.bytes.toString())).toEqual(elements.map(([, text]) => text))
      expect(items.map((item) => item.json)).toEqual(elements.map(([, text]) => JSON.parse(text)))
      expect(items.map((item) => item.index)).toEqual(elements.map((_, index) => index))
    }),
    { numRuns: 1000 },
  )
})

test('a body that is no array is one event with all its bytes', () => {
  const body = fixture('front/rule-webhook.assign.preview.json')
  expect(splitBatch(body)).toEqual([body])
})

test('strings with brackets, commas, quotes and escapes do not split', () => {
  const parts = ['"],["', '"\\"]"', '{"a":"\\\\"}', '[[],[1,2]]', '"\u{1f600},]"', '-0.5e+3', 'null']
  expect(splitBatch(Buffer.from(`[${parts.join(' , ')}]`)).map(String)).toEqual(parts)
})

test('an empty array is zero events', () => {
  expect(splitBatch(Buffer.from(' [ ] '))).toEqual([])
})

test('more events than allowed are refused with the rule', () => {
  const body = (count: number) => Buffer.from(`[${Array(count).fill('0').join()}]`)
  expect(splitBatch(body(MAX_BATCH_SIZE))).toHaveLength(MAX_BATCH_SIZE)
  expect(() => splitBatch(body(MAX_BATCH_SIZE + 1))).toThrow(
    expect.objectContaining({
      code: 'MR_DOMAIN_BATCH_TOO_LONG',
      statusCode: 413,
      message: expect.stringContaining('at most 1000'),
    }),
  )
})

test('a broken body is refused, never split', () => {
  for (const body of ['[1,]', '[1', '[,1]', '[1 2]', '[1]]', '{"a":[1,2}', '[1],[2]', '']) {
    expect(() => splitBatch(Buffer.from(body)), body).toThrow(DomainError)
  }
})

test('any bytes are accepted by the splitter exactly when they parse', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: fc.constantFrom(...'[]{},:"\\u0e-1. tfn') }).map(Buffer.from),
  )
  fc.assert(
    fc.property(bytes, (input) => {
      const body = Buffer.from(input)
      const parsed = parseJson(body)
      if (parsed.ok) expect(splitBatch(body).length).toBeGreaterThanOrEqual(0)
      else expect(() => splitBatch(body)).toThrow(parsed.error.message)
    }),
    { numRuns: 2000 },
  )
})
