import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { avroFiles, sha256 } from '../generate/avro-files.ts'
import { readGoldens } from '../generate/golden.ts'
import { goldenFile, hashFile, stale } from '../generate/outputs.ts'
import { type Schema, schemas, singleObject } from '../src/index.ts'
import { released } from '../src/released.ts'
import { plain } from './support/arbitrary-value.ts'
import { incompatibilities } from './support/compatibility.ts'

const files = avroFiles()
const hashes: Record<string, string> = JSON.parse(readFileSync(hashFile, 'utf8'))
const byName = new Map<string, Schema<unknown>>(Object.entries(schemas))

function schemaOf(path: string): Schema<unknown> {
  const schema = byName.get(path.split('/')[0] ?? '')
  if (!schema) throw new Error(`no schema for ${path}`)
  return schema
}

test('every schema has its released files, and every file its schema', () => {
  expect(Object.keys(schemas).sort()).toEqual([...new Set(files.map((file) => file.name))])
})

test('what is generated is fresh', () => {
  expect(stale().map(({ file }) => file.pathname)).toEqual([])
})

test('released files never change', () => {
  expect(Object.fromEntries(files.map(({ path, text }) => [path, sha256(text)]))).toEqual(hashes)
})

test('every version reads every other one (FULL_TRANSITIVE)', () => {
  for (const [name, texts] of Object.entries(released)) expect(incompatibilities(texts), name).toEqual([])
})

describe('golden bytes', () => {
  const goldens = readGoldens(goldenFile)

  test('are kept for every version', () => {
    const wanted = files.flatMap(({ path }) => [`${path} full`, `${path} bare`])
    expect(goldens.map(({ path, fill }) => `${path} ${fill}`).sort()).toEqual(wanted.sort())
  })

  test('of every version are read by the latest one', () => {
    for (const { path, value, bytes } of goldens) {
      const schema = schemaOf(path)
      const read = singleObject.decode(schema, Buffer.from(bytes, 'hex')) as object
      const kept = Object.entries(value as object).filter(([field]) => field in read)
      expect(plain(read), path).toMatchObject(Object.fromEntries(kept))
    }
  })

  test('are what their version reads and writes', () => {
    for (const { path, value, bytes } of goldens) {
      const writer = schemaOf(path).versions.find(({ version }) => path.endsWith(`/v${version}.avsc`))
      const body = Buffer.from(bytes, 'hex').subarray(10)
      expect(plain(writer?.type.fromBuffer(body)), path).toStrictEqual(value)
      expect(writer?.type.toBuffer(value).toString('hex'), path).toBe(body.toString('hex'))
    }
  })
})

describe('an incompatible version is refused', () => {
  const base = { type: 'record', name: 'R', fields: [{ name: 'a', type: 'string' }] }
  const withField = (...fields: object[]) => JSON.stringify({ ...base, fields: [...base.fields, ...fields] })

  test.each([
    ['a new field without a default', [withField(), withField({ name: 'b', type: 'string' })]],
    [
      'another type',
      [withField({ name: 'b', type: 'int', default: 0 }), withField({ name: 'b', type: 'string', default: '' })],
    ],
    [
      'a type that only widens',
      [withField({ name: 'b', type: 'int', default: 0 }), withField({ name: 'b', type: 'long', default: 0 })],
    ],
    [
      'a field that may no longer be null',
      [
        withField({ name: 'b', type: ['null', 'int'], default: null }),
        withField({ name: 'b', type: 'int', default: 0 }),
      ],
    ],
    [
      'a field that comes back with another type',
      [
        withField({ name: 'b', type: 'int', default: 0 }),
        withField(),
        withField({ name: 'b', type: 'string', default: '' }),
      ],
    ],
  ])('%s', (_, texts) => {
    expect(incompatibilities(texts)).not.toEqual([])
  })

  test('a new field with a default is taken', () => {
    expect(incompatibilities([withField(), withField({ name: 'b', type: ['null', 'string'], default: null })])).toEqual(
      [],
    )
  })
})
