import { FRONT_PATH, freshSamples, headersOf, signFront } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Installation, install, secrets } from './support/installation.ts'

let at: Installation
beforeAll(async () => {
  at = await install()
})
afterAll(() => at.close())

test.each(freshSamples().filter((sample) => sample.provider === 'front'))(
  '$name is stored once, with the bytes as sent',
  async (sample) => {
    const before = (await at.received()).length
    const answer = await at.post(sample.path, sample.body, headersOf(sample, secrets))
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({ webhook_id: answer.headers.get('x-webhook-id'), status: 'accepted', events: 1 })
    const [record, ...more] = (await at.received()).filter(({ value }) => value.webhook_id === answer.json.webhook_id)
    expect(more).toEqual([])
    expect((await at.received()).length).toBe(before + 1)
    expect(record?.value.payload.equals(sample.body)).toBe(true)
    expect(record?.key).toBe(`default/${sample.conversationId}`)
    expect(record?.value).toMatchObject({
      scheme: sample.scheme,
      source: 'front',
      origin: 'webhook',
      reply_to: null,
      batch_size: 1,
    })
    expect(record?.headers).toMatchObject({
      ce_id: answer.json.webhook_id,
      ce_type: sample.type,
      ce_source: 'front',
      ce_subject: sample.conversationId,
      'x-webhook-id': answer.json.webhook_id,
    })
  },
)

test('headers that prove or authorise never reach the record', async () => {
  const body = Buffer.from('{"type":"comment","id":"evt_headers1"}')
  const answer = await at.post(FRONT_PATH, body, {
    ...signFront(body, 'app', secrets.front),
    authorization: 'Bearer canary-bearer',
    cookie: 'session=canary-cookie',
    'x-api-key': 'canary-key',
    'x-front-event-id': 'evt_label',
    'user-agent': 'Front',
  })
  expect(answer.status).toBe(200)
  const record = (await at.received()).find(({ value }) => value.webhook_id === answer.json.webhook_id)
  expect(record?.value.headers).toEqual({
    'content-type': 'application/json',
    'user-agent': 'Front',
    'x-front-event-id': 'evt_label',
    'x-front-request-timestamp': expect.any(String),
  })
})

test('an array is one request with one record an event, each with its own bytes', async () => {
  const body = Buffer.from('[ {"type":"comment","id":"evt_b1"} ,{"id" : "evt_b2","type":"comment"}]')
  const answer = await at.post(FRONT_PATH, body, signFront(body, 'plain', secrets.front))
  expect(answer.json).toMatchObject({ status: 'accepted', events: 2 })
  const records = (await at.received()).filter(({ value }) => value.webhook_id === answer.json.webhook_id)
  const byPlace = records.toSorted((a, b) => a.value.batch_index - b.value.batch_index)
  expect(byPlace.map(({ value }) => value.payload.toString())).toEqual([
    '{"type":"comment","id":"evt_b1"}',
    '{"id" : "evt_b2","type":"comment"}',
  ])
  expect(byPlace.map(({ headers }) => headers.ce_id)).toEqual(
    [0, 1].map((place) => `${answer.json.webhook_id}/${place}`),
  )
})

test.each(['text/plain', 'application/x-www-form-urlencoded', 'json', 'application/json; charset'])(
  'JSON is taken whatever its sender calls it: %s',
  async (type) => {
    const body = Buffer.from(`{"type":"comment","id":"evt_type","said":"${type}"}`)
    const answer = await at.post(FRONT_PATH, body, { ...signFront(body, 'app', secrets.front), 'content-type': type })
    expect(answer.status).toBe(200)
  },
)

test('Front’s handshake is verified, answered and not stored', async () => {
  const before = (await at.received()).length
  const body = Buffer.from('{"type":"sync","authorization":{"id":"cmp_abc"}}')
  const headers = { ...signFront(body, 'app', secrets.front), 'x-front-challenge': 'a challenge <b>' }
  const answer = await at.post(FRONT_PATH, body, headers)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toContain('application/json')
  expect(answer.json).toEqual({ challenge: 'a challenge <b>' })
  const forged = await at.post(FRONT_PATH, body, { ...headers, 'x-front-signature': 'AAAA' })
  expect(forged.status).toBe(401)
  expect((await at.received()).length).toBe(before)
})

test('the status page tells strangers nothing but that it is up', async () => {
  const open = await fetch(`${at.url}/api/status`)
  expect(await open.json()).toEqual({ ok: true, version: '0.0.0-test' })
  const wrong = await fetch(`${at.url}/api/status`, { headers: { authorization: 'Bearer wrong' } })
  expect(wrong.status).toBe(401)
  const full = await fetch(`${at.url}/api/status`, { headers: { authorization: 'Bearer canary-status-token' } })
  const status = (await full.json()) as { sources: { name: string; accepted: number }[] }
  expect(status.sources[0]).toMatchObject({
    name: 'front',
    provider: 'front',
    accepted: expect.any(Number),
    last_accepted_at: expect.any(Number),
  })
  expect(JSON.stringify(status)).not.toContain('canary')
})
