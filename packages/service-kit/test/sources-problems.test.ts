import { describe, expect, test } from 'vitest'
import { loadSources } from '../src/sources-file.ts'
import { full, load, problems, variables } from './support/load-sources.ts'

describe('a problem names line and field', () => {
  test('of every wrong value at once', async () => {
    expect(
      await problems(`
sources:
  - name: UPPER
    provider: Fax
    secrets: []
    colour: red
  - provider: front
    secrets:
      - secret: s
        id: 7
`),
    ).toEqual([
      expect.stringMatching(/^line 3:5, sources\[0\]\.name: must be 1 to 63 lower-case letters/),
      expect.stringMatching(/^line 4:5, sources\[0\]\.provider: must be 1 to 63 lower-case letters/),
      'line 5:5, sources[0].secrets: must NOT have fewer than 1 items',
      expect.stringMatching(/^line 6:5, sources\[0\]\.colour: is not known here; known are name, tenant, account, /),
      'line 7:5, sources[1]: needs name',
      'line 10:9, sources[1].secrets[0].id: must be string',
    ])
  })

  test('of secrets that are left out', async () => {
    expect(await problems('sources:\n  - name: a\n    provider: front\n')).toEqual([
      'line 2:5, sources[0]: needs secrets',
    ])
    expect(await problems('sources:\n  - name: a\n    provider: front\n    secrets_elsewhere: false\n')).toEqual([
      'line 4:5, sources[0].secrets_elsewhere: must be true',
    ])
  })

  test('of a text that no header can carry', async () => {
    const [problem, ...others] = await problems(`
sources:
  - name: a
    provider: hub
    secrets: [{ secret: s }]
providers:
  hub:
    schemes: [{ name: v1, header: x-sign }]
    handshakes:
      - when: [{ field: type }]
        challenge: challenge
        answer:
          headers: { x-a: "one\\ntwo…" }
`)
    expect(problem).toMatch(
      /^line 13:\d+, providers\.hub\.handshakes\[0\]\.answer\.headers\.<unnamed>: must match pattern /,
    )
    expect(others).toEqual([])
  })

  test('of broken YAML', async () => {
    const [problem] = await problems('sources:\n  - name: a\n   provider: front\n')
    expect(problem).toMatch(/^line 3:1: .*indentation is wrong/)
  })

  test('of a reference to nothing', async () => {
    expect(await problems(full, { ACME_TOKEN: 'x', OLD: 'y' })).toEqual([
      `line 15:28, sources[0].secrets[0].secret: \${NEW} is not set`,
    ])
  })

  test('of a reference to a file that is not there', async () => {
    const [problem] = await problems(full, { ...variables, NEW: '', NEW_FILE: '/nowhere' })
    expect(problem).toContain('line 15')
    expect(problem).toContain('NEW_FILE')
  })

  test('of a scheme that the provider has not', async () => {
    const [problem] = await problems(full.replace('[app, rule]', '[app, rule, sign]'), variables)
    expect(problem).toBe("line 13:26, sources[0].schemes[2]: must be one of the provider's: app, rule, plain")
  })

  test('of a secret for a scheme that the source has not', async () => {
    const [problem] = await problems(full.replace('[app, rule]', '[app]'), variables)
    expect(problem).toBe('line 16:50, sources[0].secrets[1].schemes[0]: is no scheme of the source')
  })

  test('of a secret that no scheme can use', async () => {
    const [problem] = await problems(
      'sources:\n- name: a\n  provider: standard-webhooks\n  secrets:\n  - secret: no base64!',
    )
    expect(problem).toMatch(/^line 5:5, sources\[0\]\.secrets\[0\]\.secret: /)
  })

  test('of names and paths that are taken, and accounts that are not there', async () => {
    const twice = full
      .replace('name: tasks', 'name: front-support')
      .replace('/api/webhook/make.com/tasks', '/api/webhooks/front-support')
      .replace('account: acme', 'account: acne')
    expect(await problems(twice, variables)).toEqual([
      'line 11:5, sources[0].account: is no account of the source’s tenant, which are acme; leave it out where no API is called',
      'line 18:5, sources[1].name: is taken by another entry',
      'line 22:5, sources[1].path: is taken by another entry',
    ])
  })
})

test.each([
  ['country: UK', 'country: must be the two capitals of a country in ISO 3166, such as GB or DE'],
  ['country: gb', 'country: must be the two capitals of a country in ISO 3166, such as GB or DE'],
  ['country: Germany', 'country: must be the two capitals of a country in ISO 3166, such as GB or DE'],
  ['time_zone: Europe/Londn', 'time_zone: must be a time zone of the IANA list, such as Europe/London or UTC'],
  ['time_zone: "+01:00"', 'time_zone: must be a time zone of the IANA list, such as Europe/London or UTC'],
  ['time_zone: EST', 'time_zone: must be a time zone of the IANA list, such as Europe/London or UTC'],
])('an account with %s is refused', async (field, problem) => {
  const text = full.replace('calls_per_minute: 100', field)
  expect(await problems(text, variables)).toEqual([expect.stringMatching(/^line 7:5, accounts\[0\]\./)])
  expect(await problems(text, variables)).toEqual([expect.stringContaining(problem)])
})

test('an account that is named must stand under accounts', async () => {
  const text = 'sources:\n  - { name: a, account: acme, provider: front, secrets: [{ secret: s }] }\n'
  expect(await problems(text)).toEqual([
    'line 2:16, sources[0].account: is no account of the source’s tenant, which has none under accounts; leave it out where no API is called',
  ])
})

test('a field that is not known is told with those that are', async () => {
  const text =
    'providers:\n  zorg:\n    schemes: [{ name: s, header: x-sig, id: { header: x-id } }]\nsources:\n  - { name: a, provider: zorg, secrets: [{ secret: s }] }\n'
  expect(await problems(text)).toEqual([expect.stringMatching(/schemes\[0\]\.id: is not known here; .*\bid_header\b/)])
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

test('not where an alias, a tag, a name of a field or a wrong field holds it', async () => {
  const texts = [
    'sources: [{ name: a, provider: make, secrets: [{ secret: *canary }] }]',
    'sources: [{ name: a, provider: make, secrets: [{ secret: !canary x }] }]',
    'sources: [{ name: a, provider: make, secrets: [{ secret: x, whsec_canary123: x }] }]',
    'sources: [{ name: a, provider: make, secrets: [{ secret: "\\canary" }] }]',
    'sources: [{ name: a, provider: make, secrets: [{ secret: x }], schemes: [canary], account: canary }]',
    'sources: [{ name: a, provider: canary, secrets: [{ secret: x }] }]',
    'providers: { canary/: {} }\nsources: []',
  ]
  for (const text of texts) {
    const lines = await problems(text)
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.join('\n')).not.toContain('canary')
  }
})

test('an alias bomb is refused', async () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
    .split('')
    .map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefg'[i]}`)}]`)
    .join('\n')}\nsources: *h`
  await expect(load(bomb)).rejects.toMatchObject({ code: 'MR_SOURCES_INVALID' })
})

describe('what the schema cannot say is told with its place too', () => {
  const oneSource = (more: string) => `sources:\n- name: a\n  provider: make\n  secrets: [{ secret: x }]\n  ${more}\n`

  test('a provider that nobody knows', async () => {
    const [problem] = await problems(oneSource('').replace('make', 'fax'))
    expect(problem).toMatch(/^line 3:3, sources\[0\]\.provider: must be one of front, make, .*or one that stands under/)
  })

  test.each(['1.2.3', '1.2.3.4/33', '::1/129', '1.2.3.4/', 'fe80::1%eth0', 'host.name', '10.0.0.0/8/8'])(
    '%s as an address',
    async (address) => {
      const [problem] = await problems(oneSource(`allowed_addresses: ["${address}"]`))
      expect(problem).toBe(
        'line 5:23, sources[0].allowed_addresses[0]: must be an IPv4 or IPv6 address, or a range such as 10.0.0.0/8',
      )
    },
  )

  test.each(['2026-12-01', '2026-12-01T09:00', 'tomorrow', '2026-13-01T09:00:00Z'])('%s as a time', async (time) => {
    const [problem] = await problems(oneSource('').replace('secret: x', `secret: x, not_before: "${time}"`))
    expect(problem).toBe(
      'line 4:26, sources[0].secrets[0].not_before: must be a time with its zone, such as 2026-12-01T09:00:00Z',
    )
  })

  test('a day that no calendar has, and an end before its beginning', async () => {
    const ends =
      'secrets: [{ secret: x, not_after: 2026-02-30T00:00:00Z }, { secret: y, not_before: 2026-02-02T00:00Z, not_after: 2026-02-01T00:00Z }]'
    expect(await problems(oneSource('').replace('secrets: [{ secret: x }]', ends))).toEqual([
      'line 4:26, sources[0].secrets[0].not_after: is no time of the calendar',
      expect.stringMatching(/^line 4:\d+, sources\[0\]\.secrets\[1\]\.not_after: must be later than not_before$/),
    ])
  })

  test('the same secret id twice, and the same field twice', async () => {
    const twins = oneSource('').replace('{ secret: x }', '{ id: a, secret: x }, { id: a, secret: y }')
    expect(await problems(twins)).toEqual(['line 4:37, sources[0].secrets[1].id: is taken by another entry'])
    expect(await problems(oneSource('provider: front'))).toEqual(['line 5:3, sources[0]: has the same field twice'])
  })

  test('an account with both a token and an OAuth client', async () => {
    const both =
      'accounts:\n- name: a\n  api_token: t\n  oauth: { client_id: i, client_secret: s, token_url: "https://x" }\n'
    expect(await problems(both + oneSource(''))).toEqual(['line 2:3, accounts[0]: takes api_token or oauth, not both'])
  })

  test('a provider with the name that events of handlers have', async () => {
    const scheme = 'schemes: [{ name: s, header: x-s, template: "{body}" }]'
    expect(await problems(`providers:\n  millrace: { ${scheme} }\n${oneSource('')}`)).toEqual([
      'line 2:3, providers.millrace: is what events of handlers have; choose another',
    ])
  })

  test('a provider that contradicts itself, or takes the name of another', async () => {
    const scheme = 'schemes: [{ name: s, header: x-s, template: "{timestamp}.{body}" }]'
    const lines = await problems(`providers:\n  pager: { ${scheme} }\n  front: { ${scheme} }\n${oneSource('')}`)
    expect(lines).toEqual([
      expect.stringMatching(/^line 2:\d+, providers\.pager\.schemes\[0\]: .*timestamp/),
      'line 3:3, providers.front: is the name of a provider that is built in; choose another',
      expect.stringMatching(/^line 3:\d+, providers\.front\.schemes\[0\]: .*timestamp/),
    ])
  })
})

test('a file that is not there is told by its path', async () => {
  await expect(loadSources('/nowhere.yaml', { variables: {} })).rejects.toMatchObject({
    code: 'MR_SOURCES_UNREADABLE',
    message: expect.stringContaining('MILLRACE_SOURCES=/nowhere.yaml cannot be read'),
  })
})
