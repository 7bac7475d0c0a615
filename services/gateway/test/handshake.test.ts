import { createHmac } from 'node:crypto'
import { type Handshake, type ProviderEntry, providers, readProvider } from '@millrace/signing'
import { expect, test } from 'vitest'
import { GatewayError } from '../src/errors.ts'
import { isAsked, provenAnswer, unprovenAnswer } from '../src/handshake.ts'
import { frontSource } from './support/installation.ts'

const secret = { id: 's', secret: 'token-secret' }
const post = { method: 'POST' as const, url: '/api/webhooks/x', headers: {}, receivedAt: 1_000 }
const none = Buffer.alloc(0)

function sourceWith(handshakes: ProviderEntry['handshakes'] & object) {
  const { provider, problems } = readProvider({ schemes: [{ name: 'v1', header: 'x-sign' }], handshakes })
  expect(problems).toEqual([])
  return { ...frontSource, schemes: provider.schemes, secrets: [secret], handshakes: provider.handshakes }
}

function rejected(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error instanceof GatewayError ? { status: error.statusCode, rule: error.rule } : error
  }
}

test('only Front’s signed sync with a challenge is its handshake', () => {
  const sync = { type: 'sync', authorization: { id: 'cmp_1' } }
  const ask = (json: unknown, challenge?: string) =>
    provenAnswer(frontSource, { ...post, headers: { 'x-front-challenge': challenge }, json })
  expect(ask(sync, 'abc')).toEqual({
    statusCode: 200,
    type: 'application/json; charset=utf-8',
    body: '{"challenge":"abc"}',
    headers: {},
  })
  expect(ask(sync)).toBeNull()
  expect(ask({ type: 'comment' }, 'abc')).toBeNull()
  expect(ask({ ...sync, payload: { id: 'evt_1' } }, 'abc')).toBeNull()
  expect(rejected(() => ask(sync, '\u0080'))).toEqual({ status: 400, rule: 'bad-request' })
})

test('a verified handshake is not answered before the proof', () => {
  const body = Buffer.from('{"type":"sync"}')
  expect(unprovenAnswer(frontSource, { ...post, headers: { 'x-front-challenge': 'abc' } }, body)).toBeNull()
})

test('what is echoed into JSON cannot leave its string', () => {
  const slack = { ...frontSource, provider: 'slack', handshakes: providers.slack?.handshakes as readonly Handshake[] }
  const json = { type: 'url_verification', challenge: '","admin":"yes' }
  const answer = provenAnswer(slack, { ...post, json })
  expect(JSON.parse(answer?.body.toString() ?? '')).toEqual({ challenge: '","admin":"yes' })
})

test('a GET with a challenge is answered as text, to whoever knows the token', () => {
  const meta = sourceWith([
    {
      method: 'GET',
      when: [{ field: 'query:hub.mode', equals: 'subscribe' }],
      token: 'query:hub.verify_token',
      challenge: 'query:hub.challenge',
      verified: false,
      answer: { content_type: 'text/plain', body: '{challenge}' },
    },
  ])
  const ask = (token: string) => ({
    ...post,
    method: 'GET' as const,
    url: `/x?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1158201444`,
  })
  expect(isAsked(meta, ask('any'))).toBe(true)
  expect(isAsked(meta, { ...ask('any'), url: '/x?other=1' })).toBe(false)
  expect(unprovenAnswer(meta, ask(secret.secret), none)).toMatchObject({ type: 'text/plain', body: '1158201444' })
  expect(rejected(() => unprovenAnswer(meta, ask('guess'), none))).toEqual({ status: 401, rule: 'signature-mismatch' })
})

test('a GET that nothing proves is no verified handshake', () => {
  const [handshake] = sourceWith([
    { method: 'GET', when: [{ field: 'query:c' }], challenge: 'query:c', verified: false, answer: {} },
  ]).handshakes
  const source = { ...frontSource, handshakes: [{ ...(handshake as Handshake), isVerified: true }] }
  const ask = { ...post, method: 'GET' as const, url: '/x?c=1' }
  expect(unprovenAnswer(source, ask, none)).toBeNull()
  expect(provenAnswer(source, { ...ask, json: null })).toBeNull()
})

test('a token whose time is over opens nothing', () => {
  const source = sourceWith([
    {
      when: [{ field: 'header:x-ask' }],
      token: 'header:x-token',
      challenge: 'header:x-ask',
      verified: false,
      answer: {},
    },
  ])
  const ask = { ...post, headers: { 'x-ask': 'a', 'x-token': secret.secret } }
  expect(unprovenAnswer(source, ask, none)).not.toBeNull()
  const past = { ...source, secrets: [{ ...secret, notAfter: 500 }] }
  expect(rejected(() => unprovenAnswer(past, ask, none))).toMatchObject({ status: 401 })
})

test('an HMAC over the challenge is made with the secret, but of nothing that could be a webhook', () => {
  const source = sourceWith([
    {
      when: [{ field: 'event', equals: 'endpoint.url_validation' }],
      challenge: 'payload.plainToken',
      hmac: { prefix: 'sha256=' },
      verified: false,
      answer: { body: '{"plainToken":"{challenge}","encryptedToken":"{challenge_hmac}"}' },
    },
  ])
  const ask = (plainToken: string) =>
    unprovenAnswer(
      source,
      post,
      Buffer.from(JSON.stringify({ event: 'endpoint.url_validation', payload: { plainToken } })),
    )
  const mac = createHmac('sha256', secret.secret).update('qgg8vlvZRS6UYooatFL8Aw').digest('hex')
  expect(JSON.parse(ask('qgg8vlvZRS6UYooatFL8Aw')?.body.toString() ?? '')).toEqual({
    plainToken: 'qgg8vlvZRS6UYooatFL8Aw',
    encryptedToken: `sha256=${mac}`,
  })
  for (const webhook of ['{"type":"paid"}', '123', 'true', '1700000000.{}', '[]'])
    expect(rejected(() => ask(webhook))).toEqual({ status: 400, rule: 'bad-request' })
})

test('a header can be sent back', () => {
  const source = sourceWith([
    {
      when: [{ field: 'header:x-hook-secret' }],
      challenge: 'header:x-hook-secret',
      verified: false,
      answer: { status: 204, content_type: 'text/plain', body: '', headers: { 'x-hook-secret': '{challenge}' } },
    },
  ])
  const answer = unprovenAnswer(
    source,
    { ...post, headers: { 'x-hook-secret': 'b537207f20cbfa02357cf448134da559' } },
    none,
  )
  expect(answer).toMatchObject({ statusCode: 204, headers: { 'x-hook-secret': 'b537207f20cbfa02357cf448134da559' } })
})

test('a long body of nobody is not read for a question', () => {
  const source = sourceWith([{ when: [{ field: 'a' }], challenge: 'a', verified: false, answer: {} }])
  const long = Buffer.from(JSON.stringify({ a: 'x', filler: 'x'.repeat(5_000) }))
  expect(unprovenAnswer(source, post, long)).toBeNull()
})
