import { expect, test } from 'vitest'
import { showValue } from '../src/show-value.ts'

const shown = (bytes: Buffer | string) => JSON.stringify(showValue({ payload: Buffer.from(bytes) }))

test('bytes that are JSON keep every number as it was written', () => {
  const text = '{"id":12345678901234567890,"n":1.50,"e":1e400,"z":-0}'
  expect(shown(text)).toBe(`{"payload":${text}}`)
})

test('bytes that are no UTF-8 JSON are base64', () => {
  expect(shown(Buffer.from([0xff, 0xfe]))).toBe('{"payload":{"base64":"//4="}}')
  expect(shown('{"a":')).toBe(`{"payload":{"base64":"${Buffer.from('{"a":').toString('base64')}"}}`)
})

test('people see times beside their numbers, and only times', () => {
  const value = { received_at: 1_700_000_000_000, attempt: 3, not_before: 0, inner: { as_of: 1_700_000_000_000 } }
  expect(showValue(value, { hasIsoTimes: true })).toEqual({
    received_at: '1700000000000 (2023-11-14T22:13:20.000Z)',
    attempt: 3,
    not_before: 0,
    inner: { as_of: '1700000000000 (2023-11-14T22:13:20.000Z)' },
  })
})

test('a payload keeps its own fields even where their names are those of times', () => {
  expect(showValue({ payload: Buffer.from('{"created_at":1700000000000}') }, { hasIsoTimes: true })).toEqual({
    payload: { created_at: 1_700_000_000_000 },
  })
})
