import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { common, webhookSettings } from '../src/common-settings.ts'
import { type Environment, readEnvironment } from '../src/environment.ts'
import { boolean, choice, duration, integer, list, port, secret, string, url } from '../src/kinds.ts'
import { printSettings } from '../src/print-settings.ts'
import { required } from '../src/setting.ts'
import { defineSettings, readSettings, type SettingDefinitions } from '../src/settings.ts'

const directory = mkdtempSync(join(tmpdir(), 'millrace-settings-'))

function given(variables: Record<string, string>, file?: Record<string, string>): Environment {
  return { variables, file: file && { path: '/app/.env', variables: file } }
}

function readError(definitions: SettingDefinitions, environment: Environment): string {
  try {
    readSettings(definitions, environment)
  } catch (error) {
    if (error instanceof Error) return error.message
  }
  throw new Error('no error')
}

describe('each kind takes what it says and refuses the rest with its rule', () => {
  const cases = [
    [string('X', undefined, ''), { ' a b ': 'a b' }, {}],
    [string('X', undefined, '', { pattern: /^[ab]+$/, takes: 'a and b' }), { abba: 'abba' }, { abc: 'a and b' }],
    [
      port('X', undefined, ''),
      { '0': 0, '65535': 65_535 },
      { '65536': 'a port', '-1': 'a port', '80a': 'a port', '1e3': 'a port' },
    ],
    [
      integer('X', undefined, '', { min: -5, max: 5 }),
      { '-5': -5, '5': 5 },
      { '6': 'from -5 to 5', '1.5': 'from -5 to 5', '0x3': 'from -5 to 5' },
    ],
    [
      boolean('X', undefined, ''),
      { true: true, YES: true, '1': true, off: false, '0': false },
      { '2': 'true or false', truee: 'true or false' },
    ],
    [
      url('X', undefined, ''),
      { 'https://a.b/c/': 'https://a.b/c', 'http://[::1]:80': 'http://[::1]:80' },
      { 'ftp://a': 'https://', 'a.b': 'https://', 'http://': 'https://' },
    ],
    [list('X', undefined, ''), { 'a, b,,c': ['a', 'b', 'c'] }, {}],
    [
      list('X', undefined, '', { min: 1, pattern: /^\w$/, takes: 'letters' }),
      { a: ['a'] },
      { ',': 'letters', 'a,bc': 'letters' },
    ],
    [choice('X', ['up', 'down'], undefined, ''), { up: 'up' }, { Up: 'one of up, down', toString: 'one of up, down' }],
    [
      duration('X', undefined, ''),
      { '5': 5, '1.5s': 1_500, '2 m': 120_000, '1h': 3_600_000, '7d': 604_800_000 },
      { '5w': 'a time', '-1': 'a time', '25d': 'a time' },
    ],
    [duration('X', undefined, '', { unit: 's', min: 1_000 }), { '30': 30_000, '1500ms': 1_500 }, { '0': 'from 1s' }],
  ] as const
  test.each(cases)('%j', (setting, good, bad) => {
    for (const [text, value] of Object.entries(good)) {
      expect(readSettings({ x: setting }, given({ X: text })).values.x).toEqual(value)
    }
    for (const [text, rule] of Object.entries(bad)) {
      expect(readError({ x: setting }, given({ X: text }))).toContain(rule)
    }
  })
})

test('a secret is taken as it is, spaces included', () => {
  expect(readSettings({ x: secret('X', undefined, '') }, given({ X: ' a ' })).values.x).toBe(' a ')
})

test('what is empty counts as not given', () => {
  expect(readSettings({ x: port('X', 80, '') }, given({ X: ' ' })).values.x).toBe(80)
})

test('an optional setting without a value is undefined', () => {
  expect(readSettings({ x: url('X', undefined, '') }, given({})).values.x).toBeUndefined()
})

test('a required setting must be there', () => {
  expect(readError({ x: port('X', required, '') }, given({}))).toMatch(
    /^A setting is wrong:\n {2}X is not set: it must be a port/,
  )
})

test('variables that nobody defined are ignored', () => {
  expect(readSettings({ x: port('X', 80, '') }, given({ Y: 'z' })).values).toEqual({ x: 80 })
})

test('the environment wins over the file, even when it is empty', () => {
  const definitions = { a: string('A', 'x', ''), b: string('B', 'x', ''), c: string('C', 'x', '') }
  const { values, origins } = readSettings(definitions, given({ A: 'env', B: '' }, { A: 'file', B: 'file', C: 'file' }))
  expect(values).toEqual({ a: 'env', b: 'x', c: 'file' })
  expect(Object.fromEntries(origins)).toEqual({ A: 'environment', B: 'default', C: '/app/.env' })
})

describe('NAME_FILE', () => {
  const definitions = { x: secret('X', undefined, '') }

  test('gives the secret without the one newline at its end', () => {
    const path = join(directory, 'secret')
    writeFileSync(path, 'value\n\n')
    const { values, origins } = readSettings(definitions, given({ X_FILE: path }))
    expect(values.x).toBe('value\n')
    expect(origins.get('X')).toBe(path)
  })

  test('beside NAME is a problem', () => {
    expect(readError(definitions, given({ X: 'a', X_FILE: 'b' }))).toContain('X and X_FILE are both set')
  })

  test('that cannot be read is a problem with its reason', () => {
    expect(readError(definitions, given({ X_FILE: '/nowhere' }))).toContain('X_FILE="/nowhere" cannot be read (ENOENT)')
  })

  test('that is empty is a problem', () => {
    expect(readError(definitions, given({ X_FILE: '/dev/null' }))).toContain('is an empty file')
  })

  test('means nothing for what is no secret', () => {
    expect(readSettings({ x: string('X', 'd', '') }, given({ X_FILE: '/nowhere' })).values.x).toBe('d')
  })
})

test('all problems are told at once', () => {
  const message = readError(
    { a: port('A', 1, ''), b: integer('B', 1, ''), c: secret('C', required, '') },
    given({ A: 'x', B: 'y' }, {}),
  )
  expect(message).toBe(
    [
      '3 settings are wrong:',
      '  A="x" (environment) must be a port from 0 to 65535 (0: any free one)',
      '  B="y" (environment) must be a whole number, at least 0',
      '  C is not set: it must be a secret',
    ].join('\n'),
  )
})

test('two settings of one variable are a mistake in the code', () => {
  expect(() => defineSettings({ a: port('X', 1, ''), b: port('X', 1, '') })).toThrow('X is defined twice')
})

test('Kafka login needs user and password', () => {
  expect(readError(common, given({ KAFKA_SASL_MECHANISM: 'plain' }))).toContain(
    'needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
  )
})

test('validation cannot be switched off in production', () => {
  const definitions = { ...common, ...webhookSettings }
  const variables = { WEBHOOK_VALIDATION_ENABLED: 'false' }
  expect(readSettings(definitions, given(variables)).values.webhookValidationEnabled).toBe(false)
  expect(readError(definitions, given({ ...variables, NODE_ENV: 'production' }))).toContain(
    'not allowed when NODE_ENV is production',
  )
})

describe('no secret is ever shown', () => {
  // Long enough and marked, so that it cannot be part of the text around it by chance.
  const secretText = fc
    .string({ minLength: 8, maxLength: 60, unit: 'grapheme' })
    .map((text) => `§${text.replace(/[\s\0]/g, '_')}§`)
  const definitions = {
    ...common,
    short: secret('SHORT', undefined, '', { minLength: 500 }),
    token: secret('TOKEN', undefined, ''),
    api: url('API', undefined, ''),
  }

  test('in print', () => {
    fc.assert(
      fc.property(secretText, secretText, (token, password) => {
        const environment = given({ TOKEN: token, REDIS_URL: `redis://u:${encodeURIComponent(password)}@h:1` })
        const printed = printSettings(definitions, readSettings(definitions, environment))
        expect(printed).not.toContain(token)
        expect(printed).not.toContain(encodeURIComponent(password))
        expect(printed).toContain('REDIS_URL=redis://********@h:1')
      }),
    )
  })

  test('in errors', () => {
    const places = fc.constantFrom<(text: string) => Record<string, string>>(
      (text) => ({ SHORT: text }),
      (text) => ({ API: `ftp://user:${text}@host/path` }),
      (text) => ({ API: `user:${text}@host` }),
      (text) => ({ API: `ftp://host/?token=${text}` }),
      (text) => ({ TOKEN: text, TOKEN_FILE: '/nowhere' }),
    )
    fc.assert(
      fc.property(secretText, places, (text, place) => {
        expect(readError(definitions, given(place(text)))).not.toContain(text)
      }),
    )
  })
})

describe('the .env file', () => {
  test('is the one beside pnpm-workspace.yaml when there is none here', () => {
    const root = mkdtempSync(join(directory, 'workspace-'))
    const inner = mkdtempSync(join(root, 'service-'))
    writeFileSync(join(root, 'pnpm-workspace.yaml'), '')
    writeFileSync(join(root, '.env'), 'A=1\nB="two words" # comment\n')
    expect(readEnvironment({}, inner).file).toEqual({ path: join(root, '.env'), variables: { A: '1', B: 'two words' } })
  })

  test('is named by MILLRACE_ENV_FILE, and empty means none', () => {
    const path = join(directory, 'other.env')
    writeFileSync(path, 'A=2')
    writeFileSync(join(directory, '.env'), 'A=1')
    expect(readEnvironment({ MILLRACE_ENV_FILE: 'other.env' }, directory).file?.variables).toEqual({ A: '2' })
    expect(readEnvironment({ MILLRACE_ENV_FILE: '' }, directory).file).toBeUndefined()
  })
})
