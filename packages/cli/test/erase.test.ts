import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Receipt, receiptPublicKey, signReceipt } from '@millrace/operations'
import { newSecretKey, parseSecretKeys } from '@millrace/signing'
import { receiptValue } from '@millrace/test-support'
import { expect, test } from 'vitest'
import { runInside } from './support/run-inside.ts'

const keys = parseSecretKeys(newSecretKey('k1'))
const receipt: Receipt = receiptValue

async function check(changes: Partial<Receipt> = {}, key = receiptPublicKey(keys)) {
  const file = join(await mkdtemp(join(tmpdir(), 'receipt-')), 'receipt.json')
  await writeFile(file, JSON.stringify({ ...signReceipt(receipt, keys), ...changes }))
  return await runInside(['erase', 'check', file, '--key', key])
}

test('a receipt is checked by the public key alone', async () => {
  expect(await check()).toMatchObject({ code: 0, out: expect.stringMatching(/^good/) })
})

test('an altered receipt, or one of somebody else, ends with 1', async () => {
  expect(await check({ approved_by: 'usr_1' })).toMatchObject({ code: 1, out: expect.stringMatching(/^altered/) })
  const other = receiptPublicKey(parseSecretKeys(newSecretKey('k1')))
  expect(await check({}, other)).toMatchObject({ code: 1, out: expect.stringMatching(/^unknown/) })
})

test('what is no receipt is said so', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'receipt-')), 'other.json')
  await writeFile(file, '{"a":1}')
  const { code, err } = await runInside(['erase', 'check', file])
  expect([code, err]).toEqual([2, expect.stringContaining('is no receipt')])
})

test('whom it is about is needed, and a file for an export', async () => {
  expect((await runInside(['erase'])).err).toContain('--subject says whom or what')
  expect((await runInside(['export', '--subject', 'client:1'])).err).toContain('--out FILE says where to write it')
})
