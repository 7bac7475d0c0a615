import { describe, expect, test } from 'vitest'
import { resolveFieldValue } from '../src/resolve-field.ts'

const options = [
  { id: 'o-gold', name: 'Gold', orderindex: 0 },
  { id: 'o-iron', name: 'Iron', orderindex: '1' },
]

describe('a drop-down', () => {
  test.each([
    ['its option by place 0', 0, 'Gold'],
    ['its option by a place that is a text', '1', 'Iron'],
    ['its option by id', 'o-iron', 'Iron'],
    ['nothing for a place that no option has', 7, null],
    ['nothing for null', null, null],
    ['nothing for the empty text, which is no place', '', null],
  ])('resolves %s', (_, value, expected) => {
    expect(resolveFieldValue({ type: 'drop_down', type_config: { options }, value })).toBe(expected)
  })

  test('without options resolves nothing', () => {
    expect(resolveFieldValue({ type: 'drop_down', value: 0 })).toBeNull()
  })
})

describe('other kinds', () => {
  test.each([
    ['number', '80', 80],
    ['number', 0, 0],
    ['number', 'eighty', null],
    ['number', ' ', null],
    ['checkbox', false, false],
    ['checkbox', 'true', true],
    ['checkbox', 1, null],
    ['date', '1772366400000', '2026-03-01T12:00:00.000Z'],
    ['date', '99999999999999999999', null],
    ['currency', '1200.50', { amount: 1200.5, currency: null, precision: null }],
    ['rating', 0, 0],
    ['formula', '12.5', 12.5],
    ['votes', [{ username: 'Kim' }], ['Kim']],
    ['attachment', [{ title: 'offer.pdf' }, { url: 'https://x.example/a' }], ['offer.pdf', 'https://x.example/a']],
    ['signature', { signed: true }, null],
    ['button', {}, null],
    ['labels', 'l-1', null],
    ['users', [{ username: 'Kim' }, { email: 'a@b.c' }, 5], ['Kim', 'a@b.c', null]],
    ['manual_progress', { current: '20' }, 20],
    ['automatic_progress', { percent_complete: 0 }, 0],
    ['text', 'says it itself', null],
    ['constructor', 1, null],
    [undefined, 1, null],
  ])('%s of %j is %j', (type, value, expected) => {
    expect(resolveFieldValue({ type, value })).toEqual(expected)
  })
})

test('an amount of money has the currency and the decimals of its field', () => {
  const type_config = { precision: 2, currency_type: 'EUR' }
  expect(resolveFieldValue({ type: 'currency', type_config, value: 0 })).toEqual({
    amount: 0,
    currency: 'EUR',
    precision: 2,
  })
})
