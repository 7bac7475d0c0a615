import { describe, expect, test } from 'vitest'
import { checkScheme, frontApp, frontRule, genericHmac, providers, type Scheme } from '../src/index.ts'
import { signNow, verifyNow } from './support.ts'

const invalid = expect.objectContaining({ code: 'MR_SIGNING_SCHEME_INVALID' })
const time = { header: 'x-time', unit: 's', toleranceMs: 1 } as const

describe('a scheme', () => {
  test.each([
    ['does not sign the body', { template: '{timestamp}', timestamp: time }],
    ['trusts a time that it does not sign', { timestamp: time }],
    ['signs a time that has no header', { template: '{timestamp}{body}' }],
    ['has an id header that it does not sign', { idHeader: 'x-id' }],
    ['names headers in capitals', { header: 'X-Signature' }],
    ['accepts no encoding', { encodings: [] }],
    [
      'has a window that is no time',
      { template: '{timestamp}{body}', timestamp: { ...time, toleranceMs: Number.NaN } },
    ],
  ])('that %s is refused', (_name, options) => {
    expect(() => genericHmac(options)).toThrow(invalid)
  })

  test('of a new sender needs no code', () => {
    const text = `{ "name": "slack", "kind": "hmac", "header": "x-slack-signature", "prefixes": ["v0="], "algorithm": "sha256",
      "encodings": ["hex"], "template": "v0:{timestamp}:{body}", "variants": ["raw"], "secretForm": "utf8",
      "timestamp": { "header": "x-slack-request-timestamp", "unit": "s", "toleranceMs": 300000 } }`
    const scheme: Scheme = checkScheme(JSON.parse(text))
    const body = Buffer.from('token=x')
    const headers = signNow(scheme, body, 'right')
    expect(headers['x-slack-signature']).toMatch(/^v0=[0-9a-f]{64}$/)
    expect(verifyNow(scheme, headers, body, 'right')).toEqual({ ok: true, secretId: 's1', variant: 'raw' })
  })

  test('of every provider is sound', () => {
    for (const scheme of Object.values(providers).flatMap(({ schemes }) => schemes))
      if (scheme.kind !== 'api-key') expect(() => checkScheme(scheme)).not.toThrow()
  })
})

describe('the compact form', () => {
  const compact = { ...frontRule, variants: ['compact'] } as const
  const signedAsCompact = (text: string) => signNow(compact, Buffer.from(text), 'right')

  test('is tried after the raw one where a scheme lists it', () => {
    const pretty = Buffer.from('{\n  "id": "evt_1"\n}')
    expect(verifyNow(frontRule, signedAsCompact('{"id":"evt_1"}'), pretty, 'right')).toMatchObject({
      variant: 'compact',
    })
    expect(verifyNow(frontRule, signNow(frontRule, pretty, 'right'), pretty, 'right')).toMatchObject({ variant: 'raw' })
  })

  test('is not tried where a scheme does not list it', () => {
    const headers = signNow(frontApp, Buffer.from('{"id":"evt_1"}'), 'right')
    const verdict = verifyNow(frontApp, headers, Buffer.from('{ "id": "evt_1" }'), 'right')
    expect(verdict).toEqual({ ok: false, rule: 'signature-mismatch' })
  })

  test.each([
    ['no JSON', Buffer.from('id=evt_1')],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['nested too deeply', Buffer.from(` ${'['.repeat(200_000)}${']'.repeat(200_000)}`)],
    ['empty', Buffer.alloc(0)],
  ])('of a body that is %s does not exist', (_name, body) => {
    expect(verifyNow(frontRule, signedAsCompact('{}'), body, 'right')).toEqual({
      ok: false,
      rule: 'signature-mismatch',
    })
  })
})
