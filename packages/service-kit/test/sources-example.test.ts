import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { providers } from '@millrace/signing'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseSources } from '../src/sources-file.ts'
import { sourcesSchema } from '../src/sources-schema.ts'

const docs = join(import.meta.dirname, '../../../docs')
const example = readFileSync(join(docs, 'sources.example.yaml'), 'utf8')
const page = readFileSync(join(docs, 'sources.md'), 'utf8')
const resolve = (name: string) => ({ text: `value of ${name}` })

test('the example is a good file', async () => {
  const found = await parseSources(example, resolve)
  expect(found).toMatchObject({
    accounts: [{ name: 'acme' }, { name: 'globex', oauth: { clientSecret: 'value of GLOBEX_CLIENT_SECRET' } }],
    sources: [{ name: 'front-support' }, { name: 'make-clients', isSynchronous: true }, { name: 'on-call' }],
  })
})

test('the example shows every field of tenants, accounts, sources and secrets', () => {
  const { properties } = sourcesSchema
  const file = parse(example) as Record<'tenants' | 'accounts' | 'sources', Record<string, unknown>[]>
  const shown = (entries: readonly object[]) => new Set(entries.flatMap((entry) => Object.keys(entry)))
  const fields = (schema: { properties: object }) => new Set(Object.keys(schema.properties))
  expect(shown(file.tenants)).toEqual(fields(properties.tenants.items))
  // What the others default to is right for nearly everybody.
  expect(new Set([...shown(file.accounts), 'provider', 'base_url'])).toEqual(fields(properties.accounts.items))
  // `secrets_elsewhere` is for the files that the chart makes.
  expect(new Set([...shown(file.sources), 'secrets_elsewhere'])).toEqual(fields(properties.sources.items))
  const secrets = file.sources.flatMap((source) => source.secrets as object[])
  expect(shown(secrets)).toEqual(fields(properties.sources.items.properties.secrets.items))
})

test('the page names every provider that is built in, and its small file is a good one', async () => {
  for (const name of Object.keys(providers)) expect(page).toContain(`\`${name}\``)
  const [, small = ''] = /```yaml\n(sources:.*?)```/s.exec(page) ?? []
  expect(await parseSources(small, resolve)).toMatchObject({
    sources: [{ path: '/api/webhooks/front-support', tenant: 'default', rateLimitPerMinute: 6_000 }],
  })
})
