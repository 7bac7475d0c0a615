import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Receipt, receiptPublicKey, signReceipt } from '@millrace/operations'
import { newSecretKey, parseSecretKeys } from '@millrace/signing'
import { receiptValue } from '@millrace/test-support'
import { expect, test } from 'vitest'
import { startAnswering } from './support/answering.ts'
import { inside, runInside } from './support/run-inside.ts'

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

test.each(['{"a":1}', '# Millrace'])('what is no receipt is said so: %s', async (text) => {
  const file = join(await mkdtemp(join(tmpdir(), 'receipt-')), 'other.json')
  await writeFile(file, text)
  const { code, err } = await runInside(['erase', 'check', file])
  expect([code, err]).toEqual([2, expect.stringContaining('is no receipt')])
})

test('whom it is about is needed, and a file for an export', async () => {
  expect((await runInside(['erase'])).err).toContain('--subject says whom or what')
  expect((await runInside(['export', '--subject', 'client:1'])).err).toContain('--out FILE says where to write it')
})

const erasure = {
  ...{ erasure_id: 'job_1', state: 'done', total: 9, done: 9, waits_for: null, error: null, approval_id: 'apr_1' },
  ...{ places: [{ place: 'table nodes', what: 'rows', count: 3 }], receipt: signReceipt(receipt, keys) },
}

test('a dry run that finds nothing says that nobody of that name is known', async () => {
  const plan = {
    subject_kind: 'email',
    subjects: [],
    subject_count: 0,
    conversation_count: 0,
    places: [],
    topics: [],
    last_record_expires: '2026-12-31',
  }
  await using console = await startAnswering(JSON.stringify({ ...plan, is_encrypted: true, obstacle: null }))
  const { err } = await inside(['erase', '--subject', 'email:ada@exmaple.org', '--dry-run'], console.env)
  expect(err).toContain('nothing of it is known here')
})

test('--out - writes the receipt alone to standard output, and the rest beside it', async () => {
  await using console = await startAnswering(JSON.stringify(erasure))
  const { code, out, err } = await inside(['erase', 'show', 'job_1', '--out', '-'], console.env)
  expect([code, JSON.parse(out)]).toEqual([0, erasure.receipt])
  expect(err).toMatch(/job_1: done, 9 of 9[\s\S]*table nodes[\s\S]*last record expires/)
})

test('--out - of an erasure that is not done writes nothing to standard output', async () => {
  await using console = await startAnswering(JSON.stringify({ ...erasure, state: 'running', receipt: null }))
  const { out, err } = await inside(['erase', 'show', 'job_1', '--out', '-'], console.env)
  expect([out, err]).toEqual(['', expect.stringContaining('job_1: running')])
})

test('--out - and --json are not taken together', async () => {
  const { code, err } = await runInside(['erase', 'show', 'job_1', '--out', '-', '--json'])
  expect([code, err]).toEqual([2, expect.stringContaining('leave out --json')])
})

test('an export goes to standard output as it comes', async () => {
  const text = `{"subject":"client:1",\n"records":[\n${JSON.stringify({ text: 'Zoë '.repeat(50_000) })}\n],\n"is_complete":true}\n`
  await using console = await startAnswering(text)
  const { code, out } = await inside(['export', '--subject', 'client:1', '--out', '-'], console.env)
  expect([code, out === text]).toEqual([0, true])
})

test('an export that breaks off is no success', async () => {
  await using console = await startAnswering('{"subject":"client:1",\n"records":[\n', { isCutOff: true })
  const { code, out } = await inside(['export', '--subject', 'client:1', '--out', '-'], console.env)
  expect([code === 0, out.includes('is_complete')]).toEqual([false, false])
})
