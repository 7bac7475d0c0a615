import { describe, expect, test } from 'vitest'
import { type ProviderEntry, providers, readProvider, sign, verifyRequest } from '../src/index.ts'
import { now } from './support.ts'

const plain = { name: 'v1', header: 'x-sign' }
const sync = { when: [{ field: 'type', equals: 'sync' }], challenge: 'challenge', answer: {} }

function problemsOf(entry: ProviderEntry): string[] {
  return readProvider(entry).problems.map(({ path, rule }) => `${path.join('.')}: ${rule}`)
}

describe('a provider written as data', () => {
  test('has the defaults of a hex HMAC-SHA256 over the body', () => {
    const { provider, problems } = readProvider({ schemes: [plain] })
    expect(problems).toEqual([])
    const body = Buffer.from('{}')
    const headers = sign(provider.schemes[0] ?? fail(), { body }, 'secret')
    expect(headers).toEqual({ 'x-sign': expect.stringMatching(/^[0-9a-f]{64}$/) })
    const secretsFor = () => [{ id: 's', secret: 'secret' }]
    expect(verifyRequest({ schemes: provider.schemes, headers, body, secretsFor, now })).toMatchObject({ ok: true })
  })

  test('may be any of HMAC, ed25519 and key, and of more than one', () => {
    const { provider, problems } = readProvider({
      schemes: [
        { ...plain, kind: 'ed25519', encodings: ['base64'] },
        { ...plain, name: 'key', kind: 'api-key', prefixes: ['Bearer '] },
      ],
    })
    expect(problems).toEqual([])
    expect(provider.schemes.map(({ kind }) => kind)).toEqual(['ed25519', 'api-key'])
  })

  test.each<[string, ProviderEntry, string]>([
    ['a template without a body', { schemes: [{ ...plain, template: '{id}', id_header: 'x-id' }] }, 'contain {body}'],
    [
      'a time that is not signed',
      { schemes: [{ ...plain, timestamp: { unit: 's', header: 'x-t' } }] },
      'timestamp rule',
    ],
    [
      'a time inside a header that is not parted',
      { schemes: [{ ...plain, template: '{timestamp}{body}', timestamp: { unit: 's', prefix: 't=' } }] },
      'separator',
    ],
    ['two schemes of one name', { schemes: [plain, plain] }, 'schemes.1.name: v1 is taken'],
    [
      'an answer with an HMAC that nothing defines',
      { schemes: [plain], handshakes: [{ ...sync, answer: { body: '{challenge_hmac}' } }] },
      'handshakes.0.hmac',
    ],
    [
      'a GET that reads its body',
      { schemes: [plain], handshakes: [{ ...sync, method: 'GET', verified: false }] },
      'handshakes.0.method',
    ],
    [
      'a GET that would have to be signed',
      {
        schemes: [plain],
        handshakes: [{ ...sync, method: 'GET', when: [{ field: 'query:c' }], challenge: 'query:c' }],
      },
      'handshakes.0.verified',
    ],
  ])('with %s is named with its place', (_name, entry, expected) => {
    expect(problemsOf(entry).join('\n')).toContain(expected)
  })

  test('and shipped has everything that its sender does: GitHub, Stripe and Slack are no code', () => {
    expect(Object.keys(providers)).toEqual(expect.arrayContaining(['github', 'stripe', 'slack']))
    expect(providers.slack?.handshakes).toHaveLength(1)
    expect(providers.github?.event.type).toBe('header:x-github-event')
  })
})

describe('a secret with times', () => {
  const scheme = providers.github?.schemes[0] ?? fail()
  const body = Buffer.from('{}')
  const headers = sign(scheme, { body }, 'secret')
  const verdictAt = (at: number, more: object[] = []) => {
    const secrets = [{ id: 's', secret: 'secret', notBefore: 1_000, notAfter: 2_000 }, ...more] as never
    return verifyRequest({ schemes: [scheme], headers, body, secretsFor: () => secrets, now: at })
  }

  test.each([
    [999, false],
    [1_000, true],
    [1_999, true],
    [2_000, false],
  ])('at %d counts: %s', (at, ok) => {
    expect(verdictAt(at).ok).toBe(ok)
  })

  test('is no other rule than a wrong one where another is in force', () => {
    expect(verdictAt(5_000, [{ id: 'new', secret: 'other' }])).toMatchObject({ rule: 'signature-mismatch' })
  })
})

function fail(): never {
  throw new Error('no scheme')
}
