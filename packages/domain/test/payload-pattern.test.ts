import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_PATTERN_BYTES, parsePayloadPattern } from '../src/index.ts'

const payload = {
  type: 'conversation.tagged',
  data: { status: 'RECEIVED', count: 3, gone: null, tags: ['a', 'b'], people: [{ role: 'to' }, { role: 'from' }] },
}

const fits: [object, boolean][] = [
  [{ type: ['conversation.tagged'] }, true],
  [{ type: ['x', 'conversation.tagged'] }, true],
  [{ type: ['x'] }, false],
  [{ type: ['conversation.tagged'], data: { status: ['FAILED'] } }, false],
  [{ data: { status: [{ prefix: 'REC' }] } }, true],
  [{ data: { status: [{ suffix: 'REC' }] } }, false],
  [{ data: { status: [{ contains: 'CEI' }] } }, true],
  [{ data: { status: [{ 'equals-ignore-case': 'received' }] } }, true],
  [{ data: { status: [{ 'anything-but': ['FAILED', 'PROCESSED'] }] } }, true],
  [{ data: { status: [{ 'anything-but': 'RECEIVED' }] } }, false],
  [{ data: { missing: [{ 'anything-but': 'x' }] } }, false],
  [{ data: { missing: [{ exists: false }] } }, true],
  [{ data: { gone: [{ exists: true }] } }, true],
  [{ data: { gone: [null] } }, true],
  [{ data: { count: [{ numeric: ['>', 2, '<=', 3] }] } }, true],
  [{ data: { count: [{ numeric: ['<', 3] }] } }, false],
  [{ data: { count: ['3'] } }, false],
  [{ data: { tags: ['b'] } }, true],
  [{ data: { tags: ['c'] } }, false],
  [{ data: { people: { role: ['from'] } } }, true],
  [{ data: { people: { role: ['cc'] } } }, false],
  [{ $or: [{ type: ['x'] }, { data: { count: [3] } }] }, true],
  [{ $or: [{ type: ['x'] }, { data: { count: [4] } }] }, false],
  [{ type: { deeper: ['x'] } }, false],
  [{ constructor: [{ exists: true }] }, false],
]
test.each(fits)('%j', (pattern, expected) => {
  const parsed = parsePayloadPattern(JSON.stringify(pattern))
  expect(parsed.ok && parsed.matches(payload)).toBe(expected)
})

const deep = (depth: number): object => (depth === 0 ? { a: [1] } : { a: deep(depth - 1) })
const broken: [string, string, string][] = [
  ['{', '', 'is JSON'],
  ['[]', '', 'is an object of fields, or an array of values and rules'],
  ['{}', '', 'names at least one field'],
  ['{"a":{"b":1}}', 'a.b', 'is an object of fields, or an array of values and rules'],
  ['{"a":[]}', 'a', 'lists at least one value or rule'],
  ['{"a":[{"like":"x"}]}', 'a', 'has values, and rules with one of prefix'],
  ['{"a":[{"prefix":1}]}', 'a', 'prefix takes a text'],
  ['{"a":[{"prefix":"x","suffix":"y"}]}', 'a', 'has values, and rules with one of'],
  ['{"a":[{"constructor":1}]}', 'a', 'has values, and rules with one of'],
  ['{"a":[{"numeric":["~",1]}]}', 'a', 'numeric takes comparisons'],
  ['{"a":[{"numeric":[">"]}]}', 'a', 'numeric takes comparisons'],
  ['{"$or":[]}', '$or', 'is an array of patterns'],
  [JSON.stringify(deep(20)), 'a.a.a.a.a.a.a.a.a.a', 'is at most 10 objects deep'],
  [JSON.stringify({ a: Array(201).fill(1) }), 'a', 'at most 200 values and rules'],
  [JSON.stringify({ a: ['x'.repeat(MAX_PATTERN_BYTES)] }), '', 'has at most 8192 bytes'],
]
test.each(broken)('the pattern %.40s is refused at %s', (text, path, rule) => {
  expect(parsePayloadPattern(text)).toEqual({ ok: false, path, rule: expect.stringContaining(rule) })
})

test('no text and no payload make it throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), fc.jsonValue(), (text, value) => {
      const parsed = parsePayloadPattern(text)
      if (parsed.ok) expect(typeof parsed.matches(value)).toBe('boolean')
    }),
    { numRuns: 300 },
  )
})
