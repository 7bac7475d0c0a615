import { newSecretKey, parseSecretKeys } from '@millrace/signing'
import type { UnknownRow } from 'kysely'
import { expect, test } from 'vitest'
import { createRestingTexts, isGivenUp, openResting } from '../../src/db/resting.ts'

const [first, second] = [newSecretKey('k1'), newSecretKey('k2')]
const { seal, sealJson } = createRestingTexts(parseSecretKeys(first))
const row = { id: 'apr_1', reason: seal('because'), error: null, detail_json: sealJson('{"begun":7,"why":"because"}') }

async function opened(secretKeys: string, given: UnknownRow = row) {
  const errors: unknown[] = []
  const { transformResult } = openResting({
    keys: parseSecretKeys(secretKeys),
    onUnreadable: (error) => errors.push(error),
  })
  const { rows } = await transformResult({ result: { rows: [given] } } as never)
  return { row: rows[0], errors: errors.length }
}

test('sealed texts say nothing but what rows are found by, and open as they were', async () => {
  expect(JSON.stringify(row)).not.toContain('because')
  expect(JSON.parse(row.detail_json)).toMatchObject({ begun: 7, sealed: expect.stringMatching(/^mrs1\.k1\./) })
  const plain = { id: 'apr_1', reason: 'because', error: null, detail_json: '{"begun":7,"why":"because"}' }
  expect(await opened(`${second},${first}`)).toEqual({ row: plain, errors: 0 })
  expect(await opened(first, plain)).toEqual({ row: plain, errors: 0 })
})

test('what does not open is empty and told of; only a key that a person gave up counts as gone', async () => {
  const missing = await opened(second)
  expect(missing).toMatchObject({ row: { reason: '', detail_json: '{}' }, errors: 2 })
  expect(isGivenUp(missing.row as never)).toBe(false)
  expect(isGivenUp((await opened(`${second},k1:lost`)).row as never)).toBe(true)
})
