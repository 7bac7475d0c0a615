import { expect, test } from 'vitest'
import { avroFiles } from '../generate/avro-files.ts'
import { canonicalForm, parseAvro } from '../src/avro-type.ts'
import { textFields } from '../src/index.ts'

const record = (...fields: object[]) => JSON.stringify({ type: 'record', name: 'R', fields })
const person = {
  type: 'record',
  name: 'Person',
  fields: [
    { name: 'name', type: 'string', pii: 'subject' },
    { name: 'age', type: 'int' },
  ],
}

/** Paths of the fields that nobody has marked. */
function unmarked(avsc: string): string[] {
  return textFields(avsc).flatMap(({ path, pii }) => (pii === undefined ? [path] : []))
}

test('every field of every schema that can hold text says whether it is personal', () => {
  const found = avroFiles().flatMap(({ path, text }) => unmarked(text).map((field) => `${path}: ${field}`))
  expect(found, 'mark it "pii": "subject", "content" or "none" (src/personal-fields.ts says which)').toEqual([])
})

test.each([
  ['a string', 'string'],
  ['bytes', 'bytes'],
  ['a string that may be null', ['null', 'string']],
  ['an array of strings', { type: 'array', items: 'string' }],
  ['an array of arrays of bytes', { type: 'array', items: { type: 'array', items: 'bytes' } }],
  ['a map, whose keys are text', { type: 'map', values: 'int' }],
  ['a string with a logical type', { type: 'string', logicalType: 'uuid' }],
  ['bytes of one length', { type: 'fixed', name: 'Hash', size: 32 }],
])('an unmarked field that holds %s is found', (_, type) => {
  expect(unmarked(record({ name: 'a', type: 'string', pii: 'none' }, { name: 'b', type }))).toEqual(['b'])
})

test('a mark that is none of the three words counts as none', () => {
  expect(unmarked(record({ name: 'a', type: 'string', pii: 'personal' }))).toEqual(['a'])
})

test('numbers, times and fixed sets of words need no mark', () => {
  const time = { type: 'long', logicalType: 'timestamp-millis' }
  const words = { type: 'enum', name: 'Words', symbols: ['a', 'b'] }
  const fields = ['int', time, ['null', 'boolean'], words].map((type, index) => ({ name: `f${index}`, type }))
  expect(textFields(record(...fields))).toEqual([])
})

test('fields of records within are found at every place that uses the record', () => {
  const avsc = record(
    { name: 'author', type: ['null', person] },
    { name: 'readers', type: { type: 'array', items: 'Person' } },
  )
  expect(textFields(avsc)).toEqual([
    { path: 'author.name', pii: 'subject' },
    { path: 'readers.name', pii: 'subject' },
  ])
})

test('marks are no part of the canonical form, so that neither fingerprints nor bytes depend on them', () => {
  for (const { path, text } of avroFiles()) {
    const bare = text.replaceAll(/ "pii": "\w+",/g, '')
    expect(bare, path).not.toContain('"pii"')
    expect(canonicalForm(parseAvro(text)), path).toBe(canonicalForm(parseAvro(bare)))
  }
})
