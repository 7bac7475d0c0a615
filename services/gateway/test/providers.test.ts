import { parseSources } from '@millrace/service-kit'
import { frontApp, frontRule, providers, type Scheme, sign, standardWebhooksHeaders } from '@millrace/signing'
import { FRONT_PATH } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { frontSource, type Installation, install, secrets } from './support/installation.ts'

const file = `
providers:
  pager:
    schemes:
      - name: v3
        header: x-pager-signature
        prefixes: ["v3="]
        separator: ";"
        algorithm: sha512
        encodings: [base64]
        template: "{timestamp}|{body}"
        timestamp: { prefix: "at=", unit: ms }
    handshakes:
      - method: GET
        when: [{ field: "query:mode", equals: subscribe }]
        token: "query:token"
        challenge: "query:challenge"
        verified: false
        answer: { content_type: text/plain, body: "{challenge}" }
    event: { type: kind, id: uid }
sources:
  - { name: github, provider: github, secrets: [{ secret: "It's a Secret to Everybody" }] }
  - { name: slack, provider: slack, secrets: [{ secret: slack-secret }] }
  - { name: stripe, provider: stripe, secrets: [{ secret: whsec_test_secret }] }
  - { name: clickup, provider: clickup, secrets: [{ secret: clickup-secret }] }
  - { name: standard, provider: standard-webhooks, secrets: [{ secret: whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD }] }
  - { name: pager, provider: pager, secrets: [{ secret: pager-secret }] }
`

let at: Installation
beforeAll(async () => {
  const read = await parseSources(file, (name) => ({ rule: `${name} is not set` }))
  if (!('sources' in read)) throw new Error(JSON.stringify(read))
  at = await install({ sources: [frontSource, ...read.sources] })
})
afterAll(() => at.close())

const schemeOf = (provider: string) => providers[provider]?.schemes[0] as Scheme
const signed = (scheme: Scheme, body: Buffer, secret: string, timestamp = Date.now()) => ({
  ...sign(scheme, { body, timestamp, id: 'msg_1' }, secret),
})

const pagerScheme: Scheme = {
  ...(schemeOf('stripe') as Extract<Scheme, { kind: 'hmac' }>),
  name: 'v3',
  header: 'x-pager-signature',
  prefixes: ['v3='],
  separator: ';',
  algorithm: 'sha512',
  encodings: ['base64'],
  template: '{timestamp}|{body}',
  timestamp: { header: 'x-pager-signature', prefix: 'at=', unit: 'ms', toleranceMs: 300_000 },
}

const sent: readonly [string, object, (body: Buffer) => Record<string, string>, string][] = [
  [
    'github',
    { ref: 'refs/heads/main' },
    (body) => ({ ...signed(schemeOf('github'), body, "It's a Secret to Everybody"), 'x-github-event': 'push' }),
    'github.push',
  ],
  [
    'slack',
    { type: 'event_callback', event: { type: 'message' }, event_id: 'Ev1' },
    (body) => signed(schemeOf('slack'), body, 'slack-secret'),
    'slack.message',
  ],
  [
    'stripe',
    { id: 'evt_1', type: 'invoice.paid' },
    (body) => signed(schemeOf('stripe'), body, 'whsec_test_secret'),
    'stripe.invoice.paid',
  ],
  [
    'clickup',
    { event: 'taskCreated', task_id: '86d3f01jq' },
    (body) => signed(schemeOf('clickup'), body, 'clickup-secret'),
    'clickup.taskCreated',
  ],
  [
    'standard',
    { type: 'user.created', data: {} },
    (body) =>
      standardWebhooksHeaders({
        id: 'msg_2',
        timestampSeconds: Math.floor(Date.now() / 1_000),
        body,
        secrets: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
      }),
    'standard-webhooks.user.created',
  ],
  ['pager', { kind: 'alarm', uid: 'a1' }, (body) => signed(pagerScheme, body, 'pager-secret'), 'pager.alarm'],
]

test('events of every provider in the sources file are proven, typed and stored without code', async () => {
  const expected: [string, string][] = []
  for (const [name, json, headersOf, type] of sent) {
    const body = Buffer.from(JSON.stringify(json))
    const answer = await at.post(`/api/webhooks/${name}`, body, headersOf(body))
    expect([name, answer.status, answer.json.status]).toEqual([name, 200, 'accepted'])
    expected.push([String(answer.json.webhook_id), type])
    const forged = await at.post(`/api/webhooks/${name}`, Buffer.from('{"forged":1}'), headersOf(body))
    expect([name, forged.status, forged.json.rule]).toEqual([name, 401, 'signature-mismatch'])
  }
  const types = new Map((await at.received()).map(({ value, headers }) => [value.webhook_id, headers.ce_type]))
  expect(expected.map(([id]) => [id, types.get(id)])).toEqual(expected)
})

test('GitHub’s documented request is proven; only that its body is no JSON is refused', async () => {
  const proof = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
  const answer = await at.post('/api/webhooks/github', 'Hello, World!', { 'x-hub-signature-256': proof })
  expect([answer.status, answer.json.rule]).toEqual([400, 'body-not-json'])
})

test('Slack’s url_verification is answered once it is proven, and not stored', async () => {
  const before = (await at.received()).length
  const body = Buffer.from(
    '{"token":"t","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}',
  )
  const answer = await at.post('/api/webhooks/slack', body, signed(schemeOf('slack'), body, 'slack-secret'))
  expect(answer.json).toEqual({ challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P' })
  expect((await at.post('/api/webhooks/slack', body, signed(schemeOf('slack'), body, 'guess'))).status).toBe(401)
  expect((await at.received()).length).toBe(before)
})

test('a GET is answered where its provider asks that way, to who knows the token, and is 405 elsewhere', async () => {
  const ask = (path: string, token: string) => fetch(`${at.url}${path}?mode=subscribe&token=${token}&challenge=c-42`)
  const right = await ask('/api/webhooks/pager', 'pager-secret')
  expect([right.status, await right.text(), right.headers.get('content-type')]).toEqual([200, 'c-42', 'text/plain'])
  expect((await ask('/api/webhooks/pager', 'guess')).status).toBe(401)
  expect((await ask('/api/webhooks/github', 'pager-secret')).status).toBe(405)
  expect((await fetch(`${at.url}/api/webhooks/pager`)).status).toBe(405)
})

test('Front’s time may be in seconds, and what is older than five minutes is refused in either unit', async () => {
  const body = Buffer.from('{"type":"comment","id":"evt_s1"}')
  const inSeconds: Scheme = {
    ...frontApp,
    timestamp: { header: 'x-front-request-timestamp', unit: 's', toleranceMs: 1 },
  }
  for (const scheme of [frontApp, inSeconds]) {
    const of = (age: number) => signed(scheme, body, secrets.front, Date.now() - age)
    expect((await at.post(FRONT_PATH, body, of(290_000))).status).toBe(200)
    const late = await at.post(FRONT_PATH, body, of(302_000))
    expect([late.status, late.json.rule]).toEqual([401, 'timestamp-stale'])
  }
})

test('a rule webhook is taken by the body as it came or by its compact form, and stored as it came', async () => {
  const body = Buffer.from('{ "type" : "comment",\n "id":"evt_r1", "text":"\\u00e9" }')
  const ids: unknown[] = []
  for (const content of [body, Buffer.from('{"type":"comment","id":"evt_r1","text":"é"}')]) {
    const answer = await at.post(FRONT_PATH, body, signed(frontRule, content, secrets.frontRule))
    expect(answer.status).toBe(200)
    ids.push(answer.json.webhook_id)
  }
  const values = (await at.received()).map(({ value }) => value).filter(({ webhook_id }) => ids.includes(webhook_id))
  expect(values.map(({ scheme, payload }) => [scheme, payload])).toEqual([
    ['rule', body],
    ['rule', body],
  ])
})

test('X-Front-Event-ID is a label: another one does not make a signed body another event', async () => {
  const body = Buffer.from('{"type":"some_new_type"}')
  for (const label of ['evt_a', 'evt_b']) {
    const headers = { ...signed(frontApp, body, secrets.front), 'x-front-event-id': label }
    expect((await at.post(FRONT_PATH, body, headers)).status).toBe(200)
  }
  const records = (await at.received()).filter(({ headers }) => headers.ce_type === 'front.some_new_type')
  expect(records).toHaveLength(2)
  // Without a conversation the key is the event's identity.
  expect(new Set(records.map(({ key }) => key)).size).toBe(1)
})
