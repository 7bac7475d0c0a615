import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@millrace/local'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Rendered } from '../src/facts.ts'
import { KEYS, LOGINS, readSecretSettings, secretFacts } from '../src/secrets.ts'

interface ServiceValues {
  readonly secrets?: readonly string[]
  readonly usesSecretKeys?: boolean
  readonly usesPostgres?: boolean
  readonly usesSources?: boolean
}

const values = parse(readFileSync(join(import.meta.dirname, '../millrace/values.yaml'), 'utf8')) as {
  readonly services: Readonly<Record<string, ServiceValues>>
  readonly toolbox: ServiceValues
}
const reads = await readSecretSettings()

test.for(Object.entries(values.services))(
  '%s gets the secrets that its settings read, and no others',
  ([name, service]) => {
    const own = reads.get(name)
    // Keys are read by all that read records; who needs them without encryption is not in the settings.
    const read = [...(own?.secrets ?? [])].filter((secret) => secret !== KEYS && !LOGINS.includes(secret))
    expect([...(service.secrets ?? [])].sort()).toEqual(read.sort())
    expect(service.usesSecretKeys !== true || own?.secrets.has(KEYS)).toBe(true)
    expect([service.usesPostgres === true, service.usesSources === true], 'database, sources').toEqual([
      own?.variables.has('DATABASE_URL'),
      own?.variables.has('MILLRACE_SOURCES'),
    ])
  },
)

test('the toolbox gets nothing that the command line does not read', () => {
  expect(values.toolbox.secrets?.filter((name) => reads.get('cli')?.secrets.has(name) === false)).toEqual([])
})

const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, { readonly environment?: Readonly<Record<string, unknown>> }>>
}
const allSecrets = new Set(Array.from(reads.values(), ({ secrets }) => [...secrets]).flat())

test.for(Object.keys(values.services))('%s has no secret in docker-compose.yml that it does not read', (name) => {
  const given = Object.keys(compose.services[name]?.environment ?? {}).filter((variable) => allSecrets.has(variable))
  expect(given.filter((variable) => reads.get(name)?.secrets.has(variable) === false)).toEqual([])
})

const settings = new Map([
  ['gateway', { secrets: new Set(['WEBHOOK_SECRET']), variables: new Set(['WEBHOOK_SECRET', 'MILLRACE_SOURCES']) }],
])
const secret = (name: string) => ({ name, valueFrom: { secretKeyRef: { name: 'millrace', key: name } } })
const gateway = (env: readonly object[], volumes: readonly object[] = []): Rendered => ({
  kind: 'Deployment',
  metadata: { name: 'a-gateway' },
  spec: {
    template: {
      metadata: { labels: { 'app.kubernetes.io/component': 'gateway' } },
      spec: { containers: [{ env }], volumes },
    },
  },
})
const file = (text: string): Rendered => ({
  kind: 'ConfigMap',
  metadata: { name: 'a-sources' },
  data: { 'sources.yaml': text },
})
const mounted = [{ configMap: { name: 'a-sources' } }]
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the file's own syntax
const referring = 'sources: [{ name: a, provider: front, secrets: [{ secret: "${A}" }] }]'

test('a secret that is not read, and one that is not given, are named', async () => {
  expect(await secretFacts([gateway([secret('WEBHOOK_SECRET')])], settings)).toEqual([])
  expect(await secretFacts([gateway([secret('FRONT_API_TOKEN')])], settings)).toEqual([
    'Deployment a-gateway has the secret FRONT_API_TOKEN, which it does not read',
    'Deployment a-gateway reads WEBHOOK_SECRET and has it not',
  ])
})

test('a sources file is read as the service reads it: what it refers to has to be there', async () => {
  expect(await secretFacts([file(referring), gateway([secret('A')], mounted)], settings)).toEqual([])
  const [missing] = await secretFacts([file(referring), gateway([], mounted)], settings)
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference in the sources file, which the service fills in
  expect(missing).toBe('Deployment a-gateway: its sources: sources[0].secrets[0].secret: ${A} is not given')
  const [wrong] = await secretFacts(
    [file(referring.replace('{ secret: ', '').replace(' }]', ']')), gateway([secret('A')], mounted)],
    settings,
  )
  expect(wrong).toContain('sources[0].secrets[0]: must be object')
})

test('a pod that would write in plain what others encrypt is named', async () => {
  const all = new Map([['gateway', { secrets: new Set<string>(), variables: new Set([KEYS]) }]])
  const pod = (...env: object[]) => gateway([{ name: 'KAFKA_BROKERS' }, ...env])
  const encrypting = pod({ name: 'MILLRACE_ENCRYPTION' }, secret(KEYS))
  expect(await secretFacts([pod(), pod()], all)).toEqual([])
  expect(await secretFacts([encrypting], all)).toEqual([])
  expect(await secretFacts([encrypting, pod()], all)).toEqual([
    'Deployment a-gateway has MILLRACE_SECRET_KEYS or MILLRACE_ENCRYPTION not, and others encrypt',
  ])
})
