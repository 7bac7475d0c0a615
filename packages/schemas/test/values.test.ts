import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { released } from '../src/released.ts'
import { type Avro, typescriptOf } from './support/typescript-of.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = join(root, 'node_modules/typescript/bin/tsc')

// Avro says `string` where values/ says which words there are today; and only fields count, not names of types.
const prelude = `import type * as values from '../../src/values/index.ts'
type Plain<T> = T extends string ? string : T extends Buffer ? Buffer : T extends readonly (infer U)[] ? Plain<U>[]
  : T extends object ? { [K in keyof T]: Plain<T[K]> } : T
`

function comparison(name: string, avro: Avro): string {
  const type = typescriptOf(avro)
  return [
    `export const inAvro${name} = (value: Plain<values.${name}>): ${type} => value`,
    `export const inTypes${name} = (value: ${type}): Plain<values.${name}> => value`,
  ].join('\n')
}

/** What the compiler says when each record must be assignable to its type in values/ and the other way round. */
function differences(avros: Readonly<Record<string, Avro>>): string {
  mkdirSync(join(root, '.local'), { recursive: true })
  const dir = mkdtempSync(join(root, '.local/values-'))
  try {
    writeFileSync(join(dir, 'tsconfig.json'), '{"extends": "../../tsconfig.json", "include": ["compare.ts"]}')
    writeFileSync(
      join(dir, 'compare.ts'),
      prelude +
        Object.entries(avros)
          .map(([name, avro]) => comparison(name, avro))
          .join('\n'),
    )
    return spawnSync(process.execPath, [tsc, '-p', dir], { encoding: 'utf8' }).stdout
  } finally {
    rmSync(dir, { recursive: true })
  }
}

function latestAvro(name: keyof typeof released) {
  return JSON.parse(released[name].at(-1) ?? '')
}

test('the latest Avro records and the types of values/ have the same fields', () => {
  const names = Object.keys(released) as (keyof typeof released)[]
  expect(differences(Object.fromEntries(names.map((name) => [name, latestAvro(name)])))).toBe('')
})

test('a field that only Avro has is found', () => {
  const attempt = latestAvro('Attempt')
  attempt.fields.push({ name: 'only_in_avro', type: ['null', 'string'] })
  expect(differences({ Attempt: attempt })).toContain("'only_in_avro' is missing")
})

test('a field that only values/ has is found', () => {
  const snapshot = latestAvro('ConversationSnapshot')
  const comments = snapshot.fields.find((field: { name: string }) => field.name === 'comments')
  comments.type.items.fields.pop()
  expect(differences({ ConversationSnapshot: snapshot })).toContain("'posted_at' is missing")
})

test('a field that may be null on one side only is found', () => {
  const attempt = latestAvro('Attempt')
  attempt.fields[0].type = ['null', 'string']
  expect(differences({ Attempt: attempt })).toContain("'null' is not assignable")
})
