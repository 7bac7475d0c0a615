import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../generate/outputs.ts'
import { readErrorTables } from '../../generate/read-error-tables.ts'

const entries = (await readErrorTables(root)).flatMap((table) => table.entries)
const codes = entries.map(({ code }) => code)
const sources = globSync('{packages,services}/*/src/**/*.ts', { cwd: root })
const uses = new Map<string, number>()
for (const file of sources) {
  for (const code of readFileSync(join(root, file), 'utf8').match(/\bMR(?:_[A-Z0-9]+){2,}\b/g) ?? []) {
    uses.set(code, (uses.get(code) ?? 0) + 1)
  }
}

test('every code that is used is in a table', () => {
  expect([...uses.keys()].filter((code) => !codes.includes(code))).toEqual([])
})

test('every code in a table is used', () => {
  expect(codes.filter((code) => (uses.get(code) ?? 0) < 2)).toEqual([])
})

test('no code is in two tables', () => {
  expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([])
})

test('every code says what it means in a sentence', () => {
  expect(entries.filter(({ meaning }) => !/^[A-Z].*\.$/s.test(meaning)).map(({ code }) => code)).toEqual([])
})

test('every code has a status of HTTP and says whether to try again', () => {
  const bad = entries.filter(
    ({ statusCode, retryable }) => !(statusCode >= 300 && statusCode <= 599) || typeof retryable !== 'boolean',
  )
  expect(bad.map(({ code }) => code)).toEqual([])
})
