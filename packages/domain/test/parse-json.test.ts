import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_JSON_DEPTH, MAX_JSON_NAMES, MAX_JSON_VALUES, parseJson } from '../src/index.ts'
import { scanJson } from '../src/scan-json.ts'
import { fixture, vectors } from './fixtures.ts'

const parse = (text: string) => parseJson(Buffer.from(text))

/** `JSON.parse` is the judge of what is JSON; the scanner only adds the place. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

test.each(vectors<{ file: string }[]>('fixtures'))('parses $file', ({ file }) => {
  expect(parseJson(fixture(file))).toEqual({ ok: true, value: JSON.parse(fixture(file).toString()) })
})

test('accepts exactly what JSON.parse accepts', () => {
  const almost = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', ',', ']', '}', '0', '\\', '.', 'e', '-', '\u0001', ' '))
    .map(([text, place, insert]) => {
      const at = place % (text.length + 1)
      return text.slice(0, at) + insert + text.slice(insert === '' ? at + 1 : at)
    })
  const noise = fc.string({ unit: fc.constantFrom(...'[]{},:"\\/ubtrue0123456789eE+-.fals n\u0007é') })
  fc.assert(
    fc.property(fc.oneof(almost, noise), (text) => {
      const parsed = parse(text)
      expect(parsed.ok).toBe(isJson(text))
      if (parsed.ok) expect(parsed.value).toEqual(JSON.parse(text))
    }),
    { numRuns: 5000 },
  )
})

test('any bytes give a value or an error, never a throw', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => typeof parseJson(Buffer.from(bytes)).ok === 'boolean'))
})

describe('the error of a broken body', () => {
  const broken: [string, string, number | null, string][] = [
    ['', 'MR_DOMAIN_BODY_EMPTY', 0, 'empty'],
    ['   ', 'MR_DOMAIN_BODY_NOT_JSON', 3, 'the body ends'],
    ['{"a": nope}', 'MR_DOMAIN_BODY_NOT_JSON', 6, 'offset 6'],
    ['{"a":1,}', 'MR_DOMAIN_BODY_NOT_JSON', 7, 'a name in double quotes'],
    ['{"é":1]', 'MR_DOMAIN_BODY_NOT_JSON', 7, 'offset 7'],
    ['{"a":"\\x"}', 'MR_DOMAIN_BODY_NOT_JSON', 7, 'an escape'],
    ['"abc', 'MR_DOMAIN_BODY_NOT_JSON', 4, 'the rest of a string'],
    ['01', 'MR_DOMAIN_BODY_NOT_JSON', 1, 'the end'],
    ['\ufeff{}', 'MR_DOMAIN_BODY_BOM', 0, 'byte order mark'],
  ]
  test.each(broken)('%j names rule and place', (text, code, offset, words) => {
    const parsed = parse(text)
    expect(parsed).toMatchObject({ ok: false, error: { code, offset, statusCode: 400, retryable: false } })
    expect(parsed.ok ? '' : parsed.error.message).toContain(words)
  })

  test('does not quote the body', () => {
    const parsed = parse('{"password":hunter2}')
    expect(parsed.ok ? '' : parsed.error.message).not.toMatch(/hunter|password/)
  })

  test('says so when bytes are no UTF-8', () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xc3, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0xff, 0xfe, 0x7b, 0],
    ]) {
      expect(parseJson(Buffer.from(bytes))).toMatchObject({ ok: false, error: { code: 'MR_DOMAIN_BODY_NOT_UTF8' } })
    }
  })
})

test('nesting is bounded, however deep the body goes', () => {
  const nested = (depth: number) => parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)
  expect(nested(MAX_JSON_DEPTH).ok).toBe(true)
  expect(nested(MAX_JSON_DEPTH + 1)).toMatchObject({
    ok: false,
    error: { code: 'MR_DOMAIN_BODY_TOO_DEEP', offset: MAX_JSON_DEPTH },
  })
  expect(parse('{"a":'.repeat(500_000))).toMatchObject({ ok: false, error: { code: 'MR_DOMAIN_BODY_TOO_DEEP' } })
})

describe('what costs time to parse is bounded', () => {
  const tooComplex = { ok: false, error: { code: 'MR_DOMAIN_BODY_TOO_COMPLEX' } }

  test('values of every level', () => {
    // The array itself and 50 000 elements that hold one each are one value too many.
    const text = (count: number) => `[${Array.from({ length: count }, () => '[0]').join(',')}]`
    expect(parse(text(MAX_JSON_VALUES / 2 - 1)).ok).toBe(true)
    expect(parse(text(MAX_JSON_VALUES / 2))).toMatchObject(tooComplex)
  })

  test('members of objects, whether their names are distinct or the same', () => {
    const text = (count: number, name: (n: number) => string) =>
      `{${Array.from({ length: count }, (_, n) => `"${name(n)}":1`).join(',')}}`
    expect(parse(text(MAX_JSON_NAMES, String)).ok).toBe(true)
    expect(parse(text(MAX_JSON_NAMES + 1, String))).toMatchObject(tooComplex)
    expect(parse(text(MAX_JSON_NAMES + 1, () => 'a'))).toMatchObject(tooComplex)
  })
})

test('a __proto__ key changes no prototype', () => {
  const parsed = parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')
  expect(parsed.ok && Object.getPrototypeOf(parsed.value)).toBe(Object.prototype)
  expect(Object.hasOwn({}, 'polluted') || 'polluted' in {}).toBe(false)
})

test('small objects, which are not scanned, are judged as the scan judges them', () => {
  const bounds = { depth: MAX_JSON_DEPTH, values: MAX_JSON_VALUES, names: MAX_JSON_NAMES }
  const judge = (bytes: Buffer, depth: number): string | null => {
    try {
      scanJson(bytes, { ...bounds, depth })
      return null
    } catch (error) {
      return String(error)
    }
  }
  const brackets = fc.string({ unit: fc.constantFrom('{"a":', '[', ']', '}', ',', '"[{"', '1', ' '), maxLength: 40 })
  const text = fc.oneof(
    fc.json({ maxDepth: 6 }),
    brackets,
    brackets.map((inner) => `{"a":${inner}}`),
  )
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 8 }), (text, depth) => {
      const bytes = Buffer.from(text)
      if (bytes.length === 0) return
      const parsed = parseJson(bytes, depth)
      expect(parsed.ok ? null : String(parsed.error)).toBe(judge(bytes, depth))
    }),
    { numRuns: 5000 },
  )
})

test('a member that another of its name hides counts for the depth', () => {
  const text = `{"a":${'['.repeat(MAX_JSON_DEPTH)}${']'.repeat(MAX_JSON_DEPTH)},"a":1}`
  expect(parse(text)).toMatchObject({ ok: false, error: { code: 'MR_DOMAIN_BODY_TOO_DEEP' } })
})
