import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { avroFiles } from '../generate/avro-files.ts'
import { sampleValue } from '../generate/sample-value.ts'
import { exportSchemas, schemas, singleObject, topics } from '../src/index.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-schemas-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

test('every released file is exported byte for byte', async () => {
  const written = await exportSchemas(join(dir, 'below/it'))
  for (const { path, text } of avroFiles()) expect(readFileSync(join(dir, 'below/it', path), 'utf8')).toBe(text)
  expect(written).toHaveLength(avroFiles().length + 1)
})

test('the fingerprint in a record leads to the file of its schema', async () => {
  await exportSchemas(dir)
  const type = schemas.WebhookEvent.versions.at(-1)?.type
  if (!type) throw new Error('no version')
  const bytes = singleObject.encode(topics.events.schema, sampleValue(type, 'full') as never)
  const index = JSON.parse(readFileSync(join(dir, 'fingerprints.json'), 'utf8'))
  const found = index[bytes.subarray(2, 10).toString('hex')]
  expect(found).toEqual({ name: 'WebhookEvent', version: 1, file: 'WebhookEvent/v1.avsc' })
})

test('an export over an earlier one gives the same', async () => {
  await exportSchemas(dir)
  const before = readFileSync(join(dir, 'fingerprints.json'))
  await exportSchemas(dir)
  expect(readFileSync(join(dir, 'fingerprints.json'))).toEqual(before)
})
