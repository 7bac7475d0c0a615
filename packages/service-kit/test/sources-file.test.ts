import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { apiTokenSettings, sourceSettings, webhookSecretSettings } from '../src/common-settings.ts'
import { readSettings } from '../src/settings.ts'
import { defaultSources } from '../src/sources.ts'
import { full, load, problems, variables } from './support/load-sources.ts'

const all = { ...sourceSettings, ...webhookSecretSettings, ...apiTokenSettings }

test('a file gives accounts and sources, with defaults filled in and references resolved', async () => {
  const { accounts, sources } = await load(full, variables)
  expect(accounts).toEqual([
    {
      tenant: 'north',
      name: 'acme',
      provider: 'front',
      apiToken: 'token',
      baseUrl: 'https://api2.frontapp.com',
      callsPerMinute: 100,
    },
  ])
  expect(sources[0]).toMatchObject({
    name: 'front-support',
    tenant: 'north',
    account: 'acme',
    path: '/api/webhooks/front-support',
    secrets: [
      { id: 'new', secret: 'new' },
      { id: 'old', secret: 'xoldy', schemes: ['rule'] },
    ],
    isSynchronous: false,
    maxBodyBytes: 1_048_576,
  })
  expect(sources[0]?.schemes).toMatchObject([{ name: 'app', timestamp: { toleranceMs: 60_000 } }, { name: 'rule' }])
  expect(sources[1]).toMatchObject({
    path: '/api/webhook/make.com/tasks',
    secrets: [{ id: 'secret-1', secret: '${plain' }],
    eventIdField: 'header:idempotency-key',
    isSynchronous: true,
    maxBodyBytes: 2_048,
    rateLimitPerMinute: 10,
    toleranceMs: 300_000,
  })
})

test('a source is on unless it says enabled: false', async () => {
  const of = (more: string) => load(`sources: [{ name: a, provider: make, secrets: [{ secret: x }]${more} }]`)
  expect((await of('')).sources[0]?.isEnabled).toBeUndefined()
  expect((await of(', enabled: true')).sources[0]?.isEnabled).toBeUndefined()
  expect((await of(', enabled: false')).sources[0]?.isEnabled).toBe(false)
})

test('a service that verifies nothing has sources without their secrets', async () => {
  const { sources } = await load('sources: [{ name: a, provider: standard-webhooks, secrets_elsewhere: true }]')
  expect(sources).toMatchObject([{ name: 'a', secrets: [] }])
})

test('a source without tenant and account belongs to default', async () => {
  const { sources } = await load('sources: [{ name: a, provider: make, secrets: [{ secret: x }] }]')
  expect(sources[0]).toMatchObject({ tenant: 'default', account: 'default', path: '/api/webhooks/a' })
})

describe('what the bodies of a synchronous source are held to', () => {
  const make = (more: string) => `sources: [{ name: a, provider: make, secrets: [{ secret: x }], ${more} }]`
  const contractOf = async (more: string) => (await load(make(more))).sources[0]?.contract

  test('is what the source names, at any path', async () => {
    expect(await contractOf('synchronous: true, contract: client-task')).toBe('client-task')
  })

  test('is nothing unless it is named, but for the path of Make’s scenario', async () => {
    expect(await contractOf('synchronous: true')).toBeUndefined()
    expect(await contractOf('synchronous: true, path: /api/webhook/make.com/chatgpt-clients')).toBe('client-task')
    expect(await contractOf('path: /api/webhook/make.com/chatgpt-clients')).toBeUndefined()
  })

  test('must be known, and of use', async () => {
    expect(await problems(make('contract: client-task'))).toEqual([
      'line 1:64, sources[0].contract: is for a source with synchronous: true',
    ])
    expect(await problems(make('synchronous: true, contract: other'))).toEqual([
      expect.stringMatching(/^line 1:\d+, sources\[0\]\.contract: must be one of client-task$/),
    ])
  })
})

test('a reference may be a file that NAME_FILE names', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'millrace-secret-')), 'secret')
  writeFileSync(path, 'from file\n')
  const { sources } = await load(`sources: [{ name: a, provider: front, secrets: [{ secret: "\${S}" }] }]`, {
    S_FILE: path,
  })
  expect(sources[0]?.secrets[0]?.secret).toBe('from file')
})

test('a source that names no account needs none, whatever other accounts there are', async () => {
  const { sources, accounts } = await load(
    `${full}  - { name: stripe, tenant: north, provider: stripe, secrets: [{ secret: s }] }\n`,
    variables,
  )
  expect(sources.at(-1)).toMatchObject({ name: 'stripe', tenant: 'north', account: 'north' })
  expect(accounts.map(({ name }) => name)).toEqual(['acme'])
})

test('an account says its country and time zone', async () => {
  const said = full.replace('calls_per_minute: 100', 'country: GB\n    time_zone: Europe/London')
  expect((await load(said, variables)).accounts).toMatchObject([{ country: 'GB', timeZone: 'Europe/London' }])
  const [silent] = (await load(full, variables)).accounts
  expect(silent).not.toHaveProperty('country')
  expect(silent).not.toHaveProperty('timeZone')
})

test('the default account has the country and time zone of the settings', () => {
  const read = (given: Record<string, string>) => readSettings(all, { variables: given })
  const { values } = read({ MILLRACE_COUNTRY: 'GB', MILLRACE_TIME_ZONE: 'Europe/London' })
  expect(defaultSources(values).accounts).toMatchObject([{ country: 'GB', timeZone: 'Europe/London' }])
  expect(() => read({ MILLRACE_COUNTRY: 'UK' })).toThrow(/MILLRACE_COUNTRY.*country in ISO 3166/s)
  expect(() => read({ MILLRACE_TIME_ZONE: 'Mars/Olympus' })).toThrow(/MILLRACE_TIME_ZONE.*IANA/s)
})

test('tenants, rotation, addresses, OAuth clients and providers are read', async () => {
  const { sources, accounts, tenants } = await load(
    `
tenants: [{ name: north, rate_limit_per_minute: 600, retention_days: 14 }]
accounts:
  - name: acme
    tenant: north
    oauth: { client_id: id, client_secret: "\${S}", token_url: https://app.example/oauth/token }
providers:
  pager:
    schemes: [{ name: signed, header: x-pager-signature, prefixes: [v1=] }]
    event: { id: event.uid, type: event.kind }
sources:
  - name: pager
    tenant: north
    account: acme
    provider: pager
    secrets:
      - { id: new, secret: a, not_before: 2026-12-01T09:00:00Z }
      - { id: old, secret: b, not_after: 2026-12-08T09:00:00+01:00 }
    allowed_addresses: [192.0.2.0/24, "2001:db8::1"]
`,
    { S: 'client-secret' },
  )
  expect(tenants).toEqual([{ name: 'north', rateLimitPerMinute: 600, retentionDays: 14 }])
  expect(accounts[0]?.oauth).toEqual({
    clientId: 'id',
    clientSecret: 'client-secret',
    tokenUrl: 'https://app.example/oauth/token',
  })
  expect(sources[0]).toMatchObject({
    provider: 'pager',
    schemes: [{ name: 'signed', kind: 'hmac', header: 'x-pager-signature', prefixes: ['v1='] }],
    eventIdField: 'event.uid',
    eventTypeField: 'event.kind',
    secrets: [
      { id: 'new', notBefore: Date.UTC(2026, 11, 1, 9) },
      { id: 'old', notAfter: Date.UTC(2026, 11, 8, 8) },
    ],
    allowedAddresses: ['192.0.2.0/24', '2001:db8::1'],
  })
})

describe('without a file', () => {
  function fromVariables(variables: Record<string, string>) {
    return defaultSources(readSettings(all, { variables }).values)
  }

  test('there is one Front and one Make source', () => {
    const { sources, accounts } = fromVariables({
      WEBHOOK_SECRET: 'w',
      MAKE_COM_WEBHOOK_SECRET: 'm',
      FRONT_API_TOKEN: 't',
    })
    expect(sources).toMatchObject([
      { name: 'front', tenant: 'default', account: 'default', path: '/api/webhooks/front', isSynchronous: false },
      {
        path: '/api/webhook/make.com/chatgpt-clients',
        provider: 'make',
        isSynchronous: true,
        secrets: [{ secret: 'm' }],
      },
    ])
    expect(sources[0]?.schemes.map((scheme) => scheme.name)).toEqual(['app', 'rule', 'plain'])
    expect(accounts).toMatchObject([{ tenant: 'default', name: 'default', apiToken: 't' }])
  })

  test('rule webhooks use the application secret until they have their own', () => {
    const secretsOf = (variables: Record<string, string>) => fromVariables(variables).sources[0]?.secrets
    expect(secretsOf({ WEBHOOK_SECRET: 'w' })).toMatchObject([{ secret: 'w' }, { secret: 'w', schemes: ['rule'] }])
    expect(secretsOf({ WEBHOOK_SECRET: 'w', FRONT_RULE_SECRET: 'r' })).toMatchObject([
      { secret: 'w' },
      { secret: 'r', schemes: ['rule'] },
    ])
    expect(secretsOf({})).toEqual([])
  })
})
