import {
  apiKey,
  frontApp,
  frontPlain,
  frontRule,
  genericHmac,
  type Headers,
  makeApiKey,
  makeHmac,
  newEd25519KeyPair,
  newSecret,
  type Scheme,
  sign,
  standardWebhooksV1,
  standardWebhooksV1a,
  type Verdict,
  verify,
} from '../src/index.ts'

export const now = 1_760_000_000_000

const sha512: Scheme = genericHmac({
  name: 'sha512',
  algorithm: 'sha512',
  encodings: ['base64'],
  prefixes: ['sha512='],
  template: 'v0:{timestamp}:{body}',
  timestamp: { header: 'x-time', unit: 'ms', toleranceMs: 1000 },
})

/** Every scheme that signs, with a secret of its form and another one. */
export const signed: readonly { scheme: Scheme; secret: string; other: string }[] = [
  ...[frontApp, frontRule, frontPlain, makeHmac, sha512].map((scheme) => ({ scheme, secret: 'right', other: 'wrong' })),
  { scheme: genericHmac({ name: 'hex', secretForm: 'hex' }), secret: '00ff10', other: '00ff11' },
  { scheme: standardWebhooksV1, secret: newSecret(), other: newSecret() },
  { scheme: standardWebhooksV1a, secret: newEd25519KeyPair().secretKey, other: newEd25519KeyPair().secretKey },
]

export const everyScheme: readonly { scheme: Scheme; secret: string; other: string }[] = [
  ...signed,
  { scheme: makeApiKey, secret: 'right', other: 'wrong' },
  { scheme: apiKey('Authorization', 'Bearer '), secret: 'right', other: 'wrong' },
]

export function signNow(scheme: Scheme, body: Buffer, secret: string): Headers {
  return sign(scheme, { body, timestamp: now, id: 'msg_1' }, secret)
}

export function verifyNow(scheme: Scheme, headers: Headers, body: Buffer, ...secrets: string[]): Verdict {
  const named = secrets.map((secret, index) => ({ id: `s${index + 1}`, secret }))
  return verify(scheme, { headers, body }, named, now)
}
