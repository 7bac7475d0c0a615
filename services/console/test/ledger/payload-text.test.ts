import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonOf } from '../../src/ledger/json-rows.ts'
import { textOrBytes } from '../../src/ledger/payload-text.ts'

test('whatever bytes were sent, the same ones come back', () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  )
  fc.assert(
    fc.property(bytes, (given) => {
      const sent = Buffer.from(given)
      const { payload, bytes: raw } = textOrBytes(sent)
      expect(raw ?? Buffer.from(payload ?? '')).toEqual(sent)
      expect(payload === null || !payload.includes('\u0000')).toBe(true)
    }),
  )
})

test('a byte order mark is kept', () => {
  expect(textOrBytes(Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])).payload).toBe('\uFEFF{}')
})

test('NUL in a text becomes the replacement character, six characters that look like its escape stay', () => {
  expect(JSON.parse(jsonOf([{ a: 'x\u0000y', b: ['\u0000'], c: '\\u0000', d: { 'k\u0000': 1 } }]))).toEqual([
    { a: 'x\uFFFDy', b: ['\uFFFD'], c: '\\u0000', d: { 'k\uFFFD': 1 } },
  ])
})

test('bytes travel as hex that Postgres reads', () => {
  expect(jsonOf([{ a: Buffer.from([0, 255]) }])).toBe('[{"a":"\\\\x00ff"}]')
})
