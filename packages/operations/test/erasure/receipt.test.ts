import { newSecretKey, parseSecretKeys } from '@millrace/signing'
import { receiptValue } from '@millrace/test-support'
import { expect, test } from 'vitest'
import { checkReceipt, dayOf, lastExpiry, type Receipt, receiptPublicKeys, signReceipt } from '../../src/index.ts'

const keys = parseSecretKeys(newSecretKey('k1'))
const receipt: Receipt = receiptValue

test('a receipt is good for whoever has the public key, however its fields are ordered', () => {
  const signed = signReceipt(receipt, keys)
  expect(checkReceipt(signed, receiptPublicKeys(keys))).toBe('good')
  const turned = Object.fromEntries(Object.entries(JSON.parse(JSON.stringify(signed))).reverse())
  expect(checkReceipt(turned as typeof signed, receiptPublicKeys(keys))).toBe('good')
})

test('a receipt of which anything was changed is not', () => {
  const signed = signReceipt(receipt, keys)
  for (const change of [
    { approved_by: 'usr_1' },
    { erased_at: 4 },
    { places: [] },
    { plain_records_until: '2026-12-01' },
    { remarks: [] },
  ])
    expect(checkReceipt({ ...signed, ...change }, receiptPublicKeys(keys))).toBe('altered')
})

test('a receipt signed by other keys says so, though it is whole', () => {
  const other = parseSecretKeys(newSecretKey('k1'))
  expect(checkReceipt(signReceipt(receipt, other), receiptPublicKeys(keys))).toBe('unknown')
})

test('a receipt of an old key is good as long as the key is named', () => {
  const [first, second] = [newSecretKey('old'), newSecretKey('new')]
  const signed = signReceipt(receipt, parseSecretKeys(first))
  expect(checkReceipt(signed, receiptPublicKeys(parseSecretKeys(`${second},${first}`)))).toBe('good')
})

test('the last record of a day goes after the longest retention and a segment', () => {
  expect(dayOf(lastExpiry(Date.UTC(2026, 10, 23)))).toBe('2026-12-30')
})
