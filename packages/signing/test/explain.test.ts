import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  apiKey,
  type Explanation,
  explainRequest,
  explainStepwise,
  frontApp,
  frontRule,
  genericHmac,
  type Headers,
  type HmacScheme,
  type MistakeName,
  mistakes,
  newEd25519KeyPair,
  newSecret,
  providers,
  type RequestToExplain,
  rules,
  type Scheme,
  sign,
  standardWebhooksV1,
  standardWebhooksV1a,
} from '../src/index.ts'
import { now, signNow } from './support.ts'

const hour = 3_600_000
const secret = { id: 'present', secret: 'present secret' }
const past = { id: 'past', secret: 'past secret', notAfter: now - hour }
const coming = { id: 'coming', secret: 'coming secret', notBefore: now + hour }
const theirs = { source: 'neighbour', secrets: [{ id: 'theirs', secret: 'their secret' }] }
const secrets = [secret, past, coming]

/** JSON that looks different in every way that a rewriting changes: spaces, escapes, order, letters beyond ASCII, line ends. */
const body = fc
  .record({
    b: fc.string({ unit: 'binary', maxLength: 20 }),
    a: fc.nat(),
    url: fc.constantFrom('https://x.test/a', '<é>'),
  })
  .map((value) => Buffer.from(`{"b" :${JSON.stringify(`${value.b}é`)},\n"a": ${value.a}, "u":"${value.url}"}\n`))

function explain(scheme: Scheme, headers: Headers, arrived: Buffer, more: Partial<RequestToExplain> = {}): Explanation {
  return explainRequest({ schemes: [scheme], headers, body: arrived, secrets, others: [theirs], now, ...more })
}

function namesIn({ mistakes: found }: Explanation): MistakeName[] {
  return found.map(({ name }) => name)
}

const hex = genericHmac({ encodings: ['hex'], prefixes: ['sha256='] })
const signing: readonly HmacScheme[] = [frontApp, frontRule, hex, providers.slack?.schemes[0] as HmacScheme]

/** What happens to a request between the signing and our reading of it. */
type Change = (scheme: HmacScheme, signed: Buffer) => { headers: Headers; arrived: Buffer }
const bodyChange =
  (change: (signed: Buffer) => Buffer): Change =>
  (scheme, signed) => ({ headers: signNow(scheme, signed, secret.secret), arrived: change(signed) })
const secretOf =
  (text: string): Change =>
  (scheme, signed) => ({ headers: signNow(scheme, signed, text), arrived: signed })
const text = (change: (signed: string) => string) => bodyChange((signed) => Buffer.from(change(signed.toString())))
const rewritten = (write: (value: unknown) => string) =>
  ((scheme, arrived) => ({
    headers: signNow(scheme, Buffer.from(write(JSON.parse(arrived.toString()))), secret.secret),
    arrived,
  })) satisfies Change

const changes: readonly [MistakeName, string, Change][] = [
  ['secret-expired', 'the previous secret', secretOf(past.secret)],
  ['secret-not-yet-valid', 'a secret before its time', secretOf(coming.secret)],
  ['secret-of-other-source', 'the secret of another source', secretOf('their secret')],
  ['secret-whitespace', 'a line break after the secret', secretOf(`${secret.secret}\n`)],
  ['secret-whitespace', 'a space before the secret', secretOf(` ${secret.secret}`)],
  ['secret-quoted', 'quotation marks around the secret', secretOf(`"${secret.secret}"`)],
  ['json-reserialised', 'indentation', rewritten((value) => JSON.stringify(value, null, 2))],
  ['body-newline', 'a line break added', text((signed) => `${signed}\n`)],
  ['body-newline', 'the end trimmed', text((signed) => signed.trimEnd())],
  ['body-line-ends', 'LF made CRLF', text((signed) => signed.replaceAll('\n', '\r\n'))],
  ['body-bom', 'a byte order mark', text((signed) => `\ufeff${signed}`)],
  ['body-charset', 'UTF-8 taken for Latin-1', bodyChange((signed) => Buffer.from(signed.toString('latin1'), 'utf8'))],
  ['body-compressed', 'compression', bodyChange((signed) => gzipSync(signed))],
  [
    'body-compressed',
    'decompression by a proxy',
    (scheme, arrived) => ({ headers: signNow(scheme, gzipSync(arrived), secret.secret), arrived }),
  ],
  [
    'body-not-signed',
    'an empty body signed',
    (scheme, arrived) => ({ headers: signNow(scheme, Buffer.alloc(0), secret.secret), arrived }),
  ],
]

describe.each(signing)('of a $name request ($header)', (scheme) => {
  test.each(changes)('%s is named: %s', (name, _what, change) => {
    fc.assert(
      fc.property(body, (signed) => {
        const { headers, arrived } = change(scheme, signed)
        const explanation = explain(scheme, headers, arrived)
        // What verifies all the same (a rule webhook that was only indented) needs no explanation.
        if (!explanation.verdict.ok) expect(namesIn(explanation)).toEqual([name])
      }),
      { numRuns: 10 },
    )
  })

  test('other-algorithm is named: another hash', () => {
    const algorithm = scheme.algorithm === 'sha1' ? 'sha256' : 'sha1'
    const arrived = Buffer.from('{"a":1}')
    const headers = sign({ ...scheme, algorithm }, { body: arrived, timestamp: now }, secret.secret)
    expect(namesIn(explain(scheme, headers, arrived))).toEqual(['other-algorithm'])
  })

  test('signature-encoding is named: hex for base64 and base64 for hex', () => {
    const encodings = scheme.encodings[0] === 'hex' ? (['base64'] as const) : (['hex'] as const)
    const arrived = Buffer.from('{"a":1}')
    const headers = sign({ ...scheme, encodings }, { body: arrived, timestamp: now }, secret.secret)
    expect(namesIn(explain(scheme, headers, arrived))).toEqual(['signature-encoding'])
  })

  test('signature-header is named with the header', () => {
    const arrived = Buffer.from('{"a":1}')
    const { [scheme.header]: proof, ...rest } = signNow(scheme, arrived, secret.secret)
    const { mistakes: found } = explain(scheme, { ...rest, 'x-renamed': proof }, arrived)
    expect(found).toEqual([{ name: 'signature-header', header: 'x-renamed' }])
  })

  test('a random forgery is explained by nothing', () => {
    fc.assert(
      fc.property(body, fc.boolean(), (arrived, hasOtherBytes) => {
        const headers = signNow(
          scheme,
          hasOtherBytes ? Buffer.from('{"other":1}') : arrived,
          randomBytes(16).toString('hex'),
        )
        expect(explain(scheme, headers, arrived)).toMatchObject({ verdict: { ok: false }, mistakes: [] })
      }),
      { numRuns: 20 },
    )
  })

  test('the mistakes of two sides at once are named when two are looked for', () => {
    const arrived = Buffer.from('\ufeff{"a":1}')
    const headers = signNow(scheme, Buffer.from('{"a":1}'), past.secret)
    expect(namesIn(explain(scheme, headers, arrived))).toEqual([])
    expect(namesIn(explain(scheme, headers, arrived, { maxMistakes: 2 })).sort()).toEqual([
      'body-bom',
      'secret-expired',
    ])
  })
})

describe('what was signed', () => {
  const arrived = Buffer.from('{"a":1}')
  const mac = (content: string, encoding: 'hex' | 'base64') =>
    createHmac('sha256', secret.secret).update(content).digest(encoding)
  const front = (content: string, time: string) => ({
    'x-front-signature': mac(content, 'base64'),
    'x-front-request-timestamp': time,
  })

  test.each<[MistakeName, Headers]>([
    ['timestamp-not-signed', front('{"a":1}', String(now))],
    ['timestamp-unit', front(`${now / 1000}:{"a":1}`, String(now))],
    ['timestamp-unit', front(`${now}:{"a":1}`, String(now / 1000))],
    ['late-or-clock', front(`${now - hour}:{"a":1}`, String(now - hour))],
    ['timestamp-format', front('2025-10-09T08:53:20Z:{"a":1}', '2025-10-09T08:53:20Z')],
  ])('%s is named', (name, headers) => {
    expect(namesIn(explain(frontApp, headers, arrived))).toEqual([name])
  })

  test('a time in milliseconds where seconds are sent is a wrong unit, not a clock', () => {
    const scheme: Scheme = providers.slack?.schemes[0] as HmacScheme
    const headers = {
      'x-slack-signature': `v0=${mac(`v0:${now}:{"a":1}`, 'hex')}`,
      'x-slack-request-timestamp': String(now),
    }
    expect(namesIn(explain(scheme, headers, arrived))).toEqual(['timestamp-unit'])
  })

  test('without the id of Standard Webhooks is named', () => {
    const own = { id: 'own', secret: newSecret() }
    const key = Buffer.from(own.secret.slice(6), 'base64')
    const time = String(now / 1000)
    const proof = createHmac('sha256', key).update(`${time}.{"a":1}`).digest('base64')
    const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': time, 'webhook-signature': `v1,${proof}` }
    expect(namesIn(explain(standardWebhooksV1, headers, arrived, { secrets: [own] }))).toEqual(['id-not-signed'])
  })
})

describe('a whsec_ secret', () => {
  const own = { id: 'own', secret: newSecret() }
  const arrived = Buffer.from('{"a":1}')

  test.each([own.secret, own.secret.slice('whsec_'.length)])('that was taken as text is named', (key) => {
    const time = String(now / 1000)
    const proof = createHmac('sha256', key).update(`msg_1.${time}.{"a":1}`).digest('base64')
    const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': time, 'webhook-signature': `v1,${proof}` }
    expect(explain(standardWebhooksV1, headers, arrived, { secrets: [own] }).mistakes).toEqual([
      { name: 'secret-not-decoded', secretId: 'own' },
    ])
  })

  test('that was decoded where its text is the key is named', () => {
    const headers = {
      'x-signature': createHmac('sha256', Buffer.from(own.secret.slice(6), 'base64'))
        .update('{"a":1}')
        .digest('hex'),
    }
    expect(namesIn(explain(genericHmac(), headers, arrived, { secrets: [own] }))).toEqual(['secret-decoded'])
  })
})

describe('a key', () => {
  const scheme = apiKey('authorization', 'Bearer ')
  test.each<[MistakeName, Headers]>([
    ['secret-expired', { authorization: 'Bearer past secret' }],
    ['secret-of-other-source', { authorization: 'Bearer their secret' }],
    ['secret-quoted', { authorization: 'Bearer "present secret"' }],
    ['signature-prefix', { authorization: 'Token present secret' }],
    ['signature-prefix', { authorization: 'present secret' }],
    ['signature-header', { 'x-api-key': 'Bearer present secret' }],
  ])('with %s is explained', (name, headers) => {
    const keys = secrets.map((each) => ({ ...each, secret: each.secret.replace(' ', '-') }))
    const others = [{ source: 'neighbour', secrets: [{ id: 'theirs', secret: 'their-secret' }] }]
    const sent = Object.fromEntries(
      Object.entries(headers).map(([key, value]) => [key, value?.replace(' secret', '-secret')]),
    )
    expect(namesIn(explain(scheme, sent, Buffer.alloc(0), { secrets: keys, others }))).toEqual([name])
  })

  test('that nobody has is explained by nothing', () => {
    expect(explain(scheme, { authorization: 'Bearer guess' }, Buffer.alloc(0)).mistakes).toEqual([])
  })
})

test('an ed25519 key of another source is named', () => {
  const [own, other] = [newEd25519KeyPair(), newEd25519KeyPair()]
  const arrived = Buffer.from('{}')
  const headers = signNow(standardWebhooksV1a, arrived, other.secretKey)
  const others = [{ source: 'neighbour', secrets: [{ id: 'k', secret: other.publicKey }] }]
  const own1 = [{ id: 'own', secret: own.publicKey }]
  expect(explain(standardWebhooksV1a, headers, arrived, { secrets: own1, others }).mistakes).toEqual([
    { name: 'secret-of-other-source', secretId: 'k', source: 'neighbour' },
  ])
})

test('a secret of another scheme of the source is named', () => {
  const arrived = Buffer.from('{}')
  const both = [
    { id: 'app', secret: 'app', schemes: ['app', 'plain'] },
    { id: 'rule', secret: 'rule', schemes: ['rule'] },
  ]
  const headers = signNow(frontRule, arrived, 'app')
  const schemes = providers.front?.schemes ?? []
  expect(explainRequest({ schemes, headers, body: arrived, secrets: both, now }).mistakes).toEqual([
    { name: 'secret-of-other-scheme', secretId: 'app' },
  ])
})

test('an accepted request needs no explanation', () => {
  const arrived = Buffer.from('{}')
  const explanation = explain(frontApp, signNow(frontApp, arrived, secret.secret), arrived)
  expect(explanation).toMatchObject({ verdict: { ok: true, secretId: 'present' }, mistakes: [] })
})

test('arbitrary headers and bodies never throw, and the work is bounded', () => {
  const names = ['x-front-signature', 'x-front-request-timestamp', 'x-other']
  const headers = fc.dictionary(fc.constantFrom(...names), fc.string({ maxLength: 120 }))
  fc.assert(
    fc.property(headers, fc.uint8Array({ maxLength: 200 }), (given, bytes) => {
      const steps = explainStepwise({
        schemes: [frontApp, frontRule],
        headers: given,
        body: Buffer.from(bytes),
        secrets,
        now,
      })
      let count = 0
      while (steps.next().done !== true) count += 1
      expect(count).toBeLessThan(2_000)
    }),
    { numRuns: 200 },
  )
})

test('every mistake says what to do', () => {
  for (const { meaning, remedy } of Object.values(mistakes)) {
    expect(meaning).toMatch(/\.$/)
    expect(remedy).toMatch(/\.$/)
  }
})

test('docs/failing-signatures.md has every mistake and every rule', () => {
  const page = readFileSync(new URL('../../../docs/failing-signatures.md', import.meta.url), 'utf8')
  for (const [name, { meaning, remedy }] of Object.entries(mistakes))
    expect(page).toContain(`| \`${name}\` | ${meaning} | ${remedy} |`)
  for (const rule of Object.keys(rules)) expect(page).toContain(`\`${rule}\``)
})
