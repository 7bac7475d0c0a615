import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sourceSettings } from '../src/common-settings.ts'
import { readSettings } from '../src/settings.ts'
import { defaultSources } from '../src/sources.ts'
import { loadSources } from '../src/sources-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'millrace-sources-'))

function load(yaml: string, variables: Record<string, string> = {}) {
  const path = join(directory, 'sources.yaml')
  writeFileSync(path, yaml)
  return loadSources(path, { variables })
}

async function problems(yaml: string, variables?: Record<string, string>): Promise<string[]> {
  const error = await load(yaml, variables).catch((error: unknown) => error)
  expect(error).toMatchObject({ code: 'MR_SOURCES_INVALID' })
  return (error as Error).message
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
}

const full = `
accounts:
  - name: acme
    tenant: north
    api_token: \${ACME_TOKEN}
    base_url: https://api2.frontapp.com/
    calls_per_minute: 100
sources:
  - name: front-support
    tenant: north
    account: acme
    provider: front
    schemes: [app, rule]
    secrets:
      - { id: new, secret: "\${NEW}" }
      - { id: old, secret: "x\${OLD}y", schemes: [rule] }
    tolerance_ms: 60000
  - name: tasks
    tenant: north
    account: acme
    provider: make
    path: /api/webhook/make.com/tasks
    secrets: [{ secret: "$\${plain" }]
    event_id_field: header:idempotency-key
    synchronous: true
    max_body_bytes: 2048
    rate_limit_per_minute: 10
`
const variables = { ACME_TOKEN: 'token', NEW: 'new', OLD: 'old' }

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

test('a source without tenant and account belongs to default', async () => {
  const { sources } = await load('sources: [{ name: a, provider: make, secrets: [{ secret: x }] }]')
  expect(sources[0]).toMatchObject({ tenant: 'default', account: 'default', path: '/api/webhooks/a' })
})

test('a reference may be a file that NAME_FILE names', async () => {
  const path = join(directory, 'secret')
  writeFileSync(path, 'from file\n')
  const { sources } = await load(`sources: [{ name: a, provider: front, secrets: [{ secret: "\${S}" }] }]`, {
    S_FILE: path,
  })
  expect(sources[0]?.secrets[0]?.secret).toBe('from file')
})

describe('a problem names line and field', () => {
  test('of every wrong value at once', async () => {
    expect(
      await problems(`
sources:
  - name: UPPER
    provider: fax
    secrets: []
    colour: red
  - provider: front
    secrets:
      - secret: s
        id: 7
`),
    ).toEqual([
      expect.stringMatching(/^line 3, sources\[0\]\.name: must match pattern/),
      expect.stringMatching(/^line 4, sources\[0\]\.provider: must be one of front, make/),
      'line 5, sources[0].secrets: must NOT have fewer than 1 items',
      'line 6, sources[0].colour: is not known here',
      'line 7, sources[1]: needs name',
      'line 10, sources[1].secrets[0].id: must be string',
    ])
  })

  test('of broken YAML', async () => {
    const [problem] = await problems('sources:\n  - name: a\n   provider: front\n')
    expect(problem).toMatch(/^line 3: /)
  })

  test('of a reference to nothing', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference in the file
    expect(await problems(full, { ACME_TOKEN: 'x', OLD: 'y' })).toEqual(['line 15, ${NEW}: is not set'])
  })

  test('of a reference to a file that is not there', async () => {
    const [problem] = await problems(full, { ...variables, NEW: '', NEW_FILE: '/nowhere' })
    expect(problem).toContain('line 15')
    expect(problem).toContain('NEW_FILE')
  })

  test('of a scheme that the provider has not', async () => {
    const [problem] = await problems(full.replace('[app, rule]', '[app, rule, sign]'), variables)
    expect(problem).toBe('line 13, sources[0].schemes[2]: front has no scheme sign')
  })

  test('of a secret for a scheme that the source has not', async () => {
    const [problem] = await problems(full.replace('[app, rule]', '[app]'), variables)
    expect(problem).toBe('line 16, sources[0].secrets[1].schemes: the source has no scheme rule')
  })

  test('of a secret that no scheme can use', async () => {
    const [problem] = await problems(
      'sources:\n- name: a\n  provider: standard-webhooks\n  secrets:\n  - secret: no base64!',
    )
    expect(problem).toMatch(/^line 5, sources\[0\]\.secrets\[0\]\.secret: /)
  })

  test('of names and paths that are taken, and accounts that are not there', async () => {
    const twice = full
      .replace('name: tasks', 'name: front-support')
      .replace('/api/webhook/make.com/tasks', '/api/webhooks/front-support')
      .replace('account: acme', 'account: acne')
    expect(await problems(twice, variables)).toEqual([
      'line 11, sources[0].account: tenant north has no account acne',
      'line 18, sources[1].name: front-support is taken by another entry',
      'line 22, sources[1].path: /api/webhooks/front-support is taken by another entry',
    ])
  })
})

test('no value is shown in a problem', async () => {
  const lines = await problems(
    full.replace('id: new, secret:', 'id: new, sekret:').replace('calls_per_minute: 100', 'calls_per_minute: canary-1'),
    { ...variables, NEW: 'canary-2' },
  )
  expect(lines.length).toBe(3)
  expect(lines.join('\n')).not.toContain('canary')
})

test('not even where the YAML is broken', async () => {
  expect(await problems('sources:\n  - secrets: { secret: canary } canary: "canary"')).toEqual([
    expect.not.stringContaining('canary'),
  ])
})

test('an alias bomb is refused', async () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
    .split('')
    .map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefg'[i]}`)}]`)
    .join('\n')}\nsources: *h`
  await expect(load(bomb)).rejects.toMatchObject({ code: 'MR_SOURCES_INVALID' })
})

test('a file that is not there is told by its path', async () => {
  await expect(loadSources('/nowhere.yaml', { variables: {} })).rejects.toMatchObject({
    code: 'MR_SOURCES_UNREADABLE',
    message: expect.stringContaining('MILLRACE_SOURCES=/nowhere.yaml cannot be read'),
  })
})

describe('without a file', () => {
  function fromVariables(variables: Record<string, string>) {
    return defaultSources(readSettings(sourceSettings, { variables }).values)
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
