import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../generate/outputs.ts'
import { redisKeys } from '../../src/personal-data/index.ts'

const patterns = redisKeys.flatMap((keys) => keys.patterns)
const sources = globSync('{packages/{domain,front-client,kafka,service-kit},services/*}/src/**/*.ts', { cwd: root })

/** Texts with a colon that are no keys: parts of one, fields within one, and other things of that look. */
const noKeys = new Set([
  ...['address:', 'source:', 'tenant:', 'refusals:', 'resource:', 'window:', 'came:', 'filling:', 'wanted:'],
  ...['header:', 'mentions:', 'person::email:', 'type:account:part', 'message:v1', 'urn:', 'label:string'],
  ...['millrace:handlers', 'host:port', 'id:base64', 'null::bytea'],
  ...['current:', 'word:', 'domain:', 'phone:', 'exact:', 'person::phone:'],
])

/** What texts of a source begin with, up to the first space: `delivery:open:${key}`. Comments are left out. */
function textsWithColon(text: string): string[] {
  const code = text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '')
  const found = code.matchAll(/['"`]([a-z][a-z0-9-]*:(?![/:]{2}|:\/)(?:[^'"`\s$,]|\$\{[^}'"`]*\})+)/g)
  return Array.from(found, ([, literal = '']) => literal).filter(
    (literal) => !/^(?:node:|f[cef][0-9c]0::)/.test(literal),
  )
}

/** What a text stands for: anything may be in the place of `${…}`, and more may follow. */
function beginning(literal: string): RegExp {
  const parts = literal.split(/\$\{[^}]*\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.+')}`)
}

const examples = patterns.map((pattern) => ({ pattern, key: pattern.replaceAll(/<[^>]*>/g, 'x') }))
const isListed = (literal: string) => examples.some(({ key }) => beginning(literal).test(key))
const isNoKey = (literal: string) => [...noKeys].some((part) => literal.startsWith(part))

const literals = sources
  .filter((file) => !file.includes('personal-data'))
  .flatMap((file) => textsWithColon(readFileSync(join(root, file), 'utf8')).map((literal) => ({ file, literal })))

test('every form of key that the sources make is listed, with what is personal in it', () => {
  const unknown = literals.filter(({ literal }) => !isListed(literal) && !isNoKey(literal))
  expect(unknown.map(({ file, literal }) => `${file}: ${literal}`)).toEqual([])
})

test('a form that nobody has listed is found', () => {
  const source = "const key = (id: string) => `delivery:secrets:` + id\n  // `not:this`\nredis.get('letters:last')"
  expect(textsWithColon(source).filter((literal) => !isListed(literal))).toEqual(['delivery:secrets:', 'letters:last'])
})

test('no form is listed that nobody makes', () => {
  const made = literals.map(({ literal }) => beginning(literal))
  expect(examples.filter(({ key }) => !made.some((form) => form.test(key))).map(({ pattern }) => pattern)).toEqual([])
})

test('every exception is needed', () => {
  expect([...noKeys].filter((part) => !literals.some(({ literal }) => literal.startsWith(part)))).toEqual([])
})
