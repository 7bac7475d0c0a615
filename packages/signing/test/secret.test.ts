import { describe, expect, test } from 'vitest'
import {
  checkSecret,
  frontApp,
  genericHmac,
  makeApiKey,
  newEd25519KeyPair,
  newSecret,
  publicKeyOf,
  sign,
  standardWebhooksHeaders,
  standardWebhooksV1,
  standardWebhooksV1a,
} from '../src/index.ts'
import { everyScheme, now, signNow, verifyNow } from './support.ts'

const body = Buffer.from('{"text":"the body"}')
const missing = { ok: false, rule: 'secret-missing' }
const code = (name: string) => expect.objectContaining({ code: name })

describe.each(everyScheme)('$scheme.name ($scheme.header)', ({ scheme, secret }) => {
  test('an empty secret verifies nothing', () => {
    const headers = signNow(scheme, body, secret)
    expect(verifyNow(scheme, headers, body)).toEqual(missing)
    expect(verifyNow(scheme, headers, body, '', '  ')).toEqual(missing)
  })

  test('an empty secret signs nothing', () => {
    expect(() => signNow(scheme, body, '')).toThrow(code('MR_SIGNING_SECRET_EMPTY'))
    expect(() => checkSecret(scheme, { id: 'main', secret: ' ' })).toThrow(code('MR_SIGNING_SECRET_EMPTY'))
  })

  test('an empty secret beside a good one is passed over', () => {
    expect(verifyNow(scheme, signNow(scheme, body, secret), body, '', secret)).toMatchObject({ secretId: 's2' })
  })

  test('a good secret passes the check at start', () => {
    expect(() => checkSecret(scheme, { id: 'main', secret })).not.toThrow()
  })
})

describe('secrets of the wrong form', () => {
  const hex = genericHmac({ secretForm: 'hex' })
  const longPublicKey = `whpk_${Buffer.alloc(33).toString('base64')}`
  const mixedPair = `whsk_${Buffer.alloc(64, 1).toString('base64')}`
  test.each([
    ['whsec_ that is no base64', standardWebhooksV1, 'whsec_not*base64'],
    ['whsec_ with nothing behind', standardWebhooksV1, 'whsec_'],
    ['a public key for v1', standardWebhooksV1, newEd25519KeyPair().publicKey],
    ['a symmetric secret for v1a', standardWebhooksV1a, newSecret()],
    ['a key of the wrong length', standardWebhooksV1a, longPublicKey],
    ['a secret key with another public key behind', standardWebhooksV1a, mixedPair],
    ['odd hex', hex, 'abc'],
    ['a key that a header cannot carry', makeApiKey, 'zażółć'],
  ])('%s is found at start and verifies nothing', (_name, scheme, secret) => {
    expect(() => checkSecret(scheme, { id: 'main', secret })).toThrow(code('MR_SIGNING_SECRET_FORMAT'))
    expect(() => signNow(scheme, body, secret)).toThrow(code('MR_SIGNING_SECRET_FORMAT'))
    expect(verifyNow(scheme, {}, body, secret)).toEqual(missing)
  })

  test('a public key cannot sign', () => {
    expect(() => signNow(standardWebhooksV1a, body, newEd25519KeyPair().publicKey)).toThrow(
      code('MR_SIGNING_SECRET_FORMAT'),
    )
  })
})

describe('new secrets', () => {
  test('are 32 random bytes behind whsec_', () => {
    expect(Buffer.from(newSecret().slice('whsec_'.length), 'base64')).toHaveLength(32)
    expect(newSecret()).not.toBe(newSecret())
  })

  test('that are pairs belong together', () => {
    const pair = newEd25519KeyPair()
    expect(publicKeyOf(pair.secretKey)).toBe(pair.publicKey)
    expect(() => publicKeyOf(pair.publicKey)).toThrow(code('MR_SIGNING_SECRET_FORMAT'))
    const headers = signNow(standardWebhooksV1a, body, pair.secretKey)
    expect(verifyNow(standardWebhooksV1a, headers, body, pair.publicKey)).toMatchObject({ ok: true })
  })
})

describe('signing', () => {
  test.each([
    ['no time', { body }],
    ['a time before 1970', { body, timestamp: -1 }],
    ['a time that is no number', { body, timestamp: Number.NaN }],
  ])('refuses %s', (_name, message) => {
    expect(() => sign(frontApp, message, 'right')).toThrow(code('MR_SIGNING_INPUT_INVALID'))
  })

  test.each(['', 'msg.1', 'msg 1', 'x'.repeat(257), 'zażółć'])('refuses the id %j', (id) => {
    const message = { id, timestamp: now, body }
    expect(() => sign(standardWebhooksV1, message, newSecret())).toThrow(code('MR_SIGNING_INPUT_INVALID'))
  })

  test('needs at least one secret for a webhook', () => {
    const webhook = { id: 'msg_1', timestampSeconds: now / 1000, body, secrets: [] }
    expect(() => standardWebhooksHeaders(webhook)).toThrow(code('MR_SIGNING_SECRET_EMPTY'))
  })
})
