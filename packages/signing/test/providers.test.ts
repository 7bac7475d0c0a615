import { describe, expect, test } from 'vitest'
import {
  chooseScheme,
  frontApp,
  frontPlain,
  frontRule,
  type Headers,
  makeApiKey,
  makeHmac,
  newEd25519KeyPair,
  newSecret,
  providers,
  type Scheme,
  schemesOf,
  secretsForScheme,
  standardWebhooksHeaders,
  verifyRequest,
} from '../src/index.ts'
import { now, signNow } from './support.ts'

const body = Buffer.from('{"id":"evt_1"}')
const frontSecrets = [
  { id: 'webhook', secret: 'app secret', schemes: ['app', 'plain'] },
  { id: 'rule', secret: 'rule secret', schemes: ['rule'] },
]

function verdictOf(provider: string, headers: Headers, secrets: Parameters<typeof secretsForScheme>[0]) {
  const secretsFor = (scheme: Scheme) => secretsForScheme(secrets, scheme)
  return verifyRequest({ schemes: schemesOf(provider), headers, body, secretsFor, now })
}

describe('the scheme of a Front request is told by its headers and the length of its signature', () => {
  const time = { 'x-front-request-timestamp': String(now) }
  const signature = (length: number, encoding: 'hex' | 'base64') => ({
    'x-front-signature': Buffer.alloc(length, 7).toString(encoding),
  })
  test.each<[string, Headers, string]>([
    ['time and 32 bytes', { ...time, ...signature(32, 'base64') }, 'app'],
    ['time and 20 bytes', { ...time, ...signature(20, 'base64') }, 'app'],
    ['time and 32 bytes in hex', { ...time, ...signature(32, 'hex') }, 'app'],
    ['20 bytes', signature(20, 'base64'), 'rule'],
    ['32 bytes', signature(32, 'base64'), 'plain'],
    ['32 bytes in hex', signature(32, 'hex'), 'plain'],
    ['nothing', {}, 'app'],
  ])('%s', (_name, headers, expected) => {
    expect(chooseScheme('front', headers).name).toBe(expected)
  })
})

describe('a Front request', () => {
  test.each<[Scheme, string, string]>([
    [frontApp, 'app secret', 'webhook'],
    [frontPlain, 'app secret', 'webhook'],
    [frontRule, 'rule secret', 'rule'],
  ])('of $name is verified with the secret for it', (scheme, secret, secretId) => {
    const verdict = verdictOf('front', signNow(scheme, body, secret), frontSecrets)
    expect(verdict).toMatchObject({ ok: true, scheme: scheme.name, secretId })
  })

  test('of the rule scheme is refused with the secret of the app', () => {
    const verdict = verdictOf('front', signNow(frontRule, body, 'app secret'), frontSecrets)
    expect(verdict).toEqual({ ok: false, scheme: 'rule', rule: 'signature-mismatch' })
  })

  test('of the app is refused once its time is taken away', () => {
    const { 'x-front-signature': signature } = signNow(frontApp, body, 'app secret')
    const headers = { 'x-front-signature': signature }
    expect(verdictOf('front', headers, frontSecrets)).toMatchObject({ ok: false, rule: 'signature-mismatch' })
    const onlyApp = { schemes: [frontApp], headers, body, secretsFor: () => frontSecrets, now }
    expect(verifyRequest(onlyApp)).toEqual({ ok: false, scheme: 'app', rule: 'timestamp-missing' })
  })

  test('with a time that it did not sign is not taken for one without', () => {
    const headers = { ...signNow(frontPlain, body, 'app secret'), 'x-front-request-timestamp': String(now) }
    expect(verdictOf('front', headers, frontSecrets)).toMatchObject({ ok: false, scheme: 'app' })
  })

  test('without a signature is refused', () => {
    expect(verdictOf('front', {}, frontSecrets)).toEqual({ ok: false, scheme: 'app', rule: 'signature-missing' })
  })
})

describe('a Make request', () => {
  const secrets = [{ id: 'make', secret: 'make-secret' }]
  const key = { 'x-make-apikey': 'make-secret' }
  const { 'x-make-signature': hex = '' } = signNow(makeHmac, body, 'make-secret')

  test.each<[string, Headers, string]>([
    ['the key', key, makeApiKey.name],
    ['a hex signature', { 'x-make-signature': hex }, makeHmac.name],
    [
      'a prefixed base64 signature',
      { 'x-make-signature': `sha256=${Buffer.from(hex, 'hex').toString('base64')}` },
      'hmac',
    ],
  ])('passes with %s', (_name, headers, scheme) => {
    expect(verdictOf('make', headers, secrets)).toMatchObject({ ok: true, scheme, secretId: 'make' })
  })
})

describe('a Standard Webhooks request', () => {
  const pair = newEd25519KeyPair()
  const [old, fresh] = [newSecret(), newSecret()]
  const headers = standardWebhooksHeaders({
    id: 'msg_1',
    timestampSeconds: now / 1000,
    body,
    secrets: [old, fresh, pair.secretKey],
  })

  test.each([
    ['the old secret', old, 'v1'],
    ['the new secret', fresh, 'v1'],
    ['the public key', pair.publicKey, 'v1a'],
  ])('with three signatures passes for a receiver that has %s', (_name, secret, scheme) => {
    const verdict = verdictOf('standard-webhooks', headers, [{ id: 'only', secret }])
    expect(verdict).toMatchObject({ ok: true, scheme, secretId: 'only' })
  })

  test('is refused by a receiver that has none of the secrets', () => {
    const secrets = [newSecret(), newEd25519KeyPair().publicKey].map((secret) => ({ id: 'x', secret }))
    expect(verdictOf('standard-webhooks', headers, secrets)).toMatchObject({ rule: 'signature-mismatch' })
  })

  test('is refused when its id is missing or could hide a border', () => {
    const secrets = [{ id: 'only', secret: old }]
    const withId = (id: string | undefined) => ({ ...headers, 'webhook-id': id })
    expect(verdictOf('standard-webhooks', withId(undefined), secrets)).toMatchObject({ rule: 'signature-missing' })
    expect(verdictOf('standard-webhooks', withId('msg.1'), secrets)).toMatchObject({ rule: 'signature-malformed' })
  })

  test('is refused when it brings more signatures than a rotation needs', () => {
    const signatures = Array.from({ length: 9 }, () => headers['webhook-signature']).join(' ')
    const verdict = verdictOf('standard-webhooks', { ...headers, 'webhook-signature': signatures }, [
      { id: 'only', secret: old },
    ])
    expect(verdict).toMatchObject({ ok: false, rule: 'signature-malformed' })
  })
})

describe('providers', () => {
  test('are plain data that survives being written as JSON', () => {
    expect(JSON.parse(JSON.stringify(providers))).toEqual(providers)
  })

  test('have schemes of different names', () => {
    for (const { schemes } of Object.values(providers))
      expect(new Set(schemes.map(({ name }) => name)).size).toBe(schemes.length)
  })

  test('that are unknown, and unknown schemes, are named', () => {
    expect(() => schemesOf('toString')).toThrow(expect.objectContaining({ code: 'MR_SIGNING_PROVIDER_UNKNOWN' }))
    expect(() => schemesOf('front', ['v1'])).toThrow(expect.objectContaining({ code: 'MR_SIGNING_SCHEME_INVALID' }))
    expect(() => chooseScheme([], {})).toThrow(expect.objectContaining({ code: 'MR_SIGNING_SCHEME_INVALID' }))
  })

  test('can be narrowed to the schemes that a source lists', () => {
    expect(schemesOf('front', ['rule', 'app'])).toEqual([frontRule, frontApp])
  })
})
