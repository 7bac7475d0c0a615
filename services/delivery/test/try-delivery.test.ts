import { approvedFor, sealedFor } from '@millrace/domain'
import type { Endpoint } from '@millrace/schemas'
import { newSecret, newSecretKey, parseSecretKeys, seal, standardWebhooksV1, verify } from '@millrace/signing'
import { expect, test } from 'vitest'
import type { Poster, Target } from '../src/post.ts'
import { notPosted } from '../src/tried.ts'
import { tryDelivery } from '../src/try-delivery.ts'
import { deliveryOf, endpointOf, secretOf } from './support/values.ts'

const keys = parseSecretKeys(newSecretKey('now'))
const me = { tenant: 'default', endpoint_id: 'ep_1' }
const sealed = (text: string, of = me) => seal(text, keys, sealedFor(of, 'secret'))
const delivery = deliveryOf({ requested_at: Date.now(), body: Buffer.from('{"a":1}') })
const never = new AbortController().signal

function endpointWith(secrets: readonly string[], changes: Partial<Endpoint> = {}): Endpoint {
  return endpointOf({ ...me, secrets: secrets.map((secret) => secretOf(me, secret, keys)), ...changes })
}

type Seen = Target & { readonly headers: Record<string, string>; readonly body: Buffer }

function tryWith(found: Endpoint | 'removed' | 'unknown', of = delivery) {
  const posted: Seen[] = []
  const poster: Pick<Poster, 'post'> = {
    post: async (target, headers, body) => {
      posted.push({ ...target, headers: { ...headers }, body })
      return { ...notPosted('MR_DELIVERY_STATUS'), statusCode: 200, errorCode: null }
    },
  }
  return { posted, tried: tryDelivery({ endpoints: { find: () => found }, keys, poster }, of, never) }
}

test('while a secret changes, a try is signed by both', async () => {
  const secrets = [newSecret(), newSecret()]
  const { posted, tried } = tryWith(endpointWith(secrets))
  expect(await tried).toMatchObject({ statusCode: 200, errorCode: null, origin: 'https://customer.example' })
  const [request] = posted
  expect(request?.headers['webhook-id']).toBe('msg_1')
  for (const secret of secrets) {
    const verdict = verify(
      standardWebhooksV1,
      { headers: request?.headers ?? {}, body: delivery.body },
      [{ id: 's', secret }],
      Date.now(),
    )
    expect(verdict.ok).toBe(true)
  }
})

test('an endpoint that this process has not read yet is waited for', async () => {
  const { tried, posted } = tryWith('unknown', { ...delivery, requested_at: Date.now() })
  expect(await tried).toMatchObject({ errorCode: 'MR_DELIVERY_ENDPOINT_UNREAD', wasSent: false })
  expect(posted).toEqual([])
})

test('an endpoint that stays unknown was removed', async () => {
  const { tried, posted } = tryWith('unknown', { ...delivery, requested_at: Date.now() - 60_000 })
  expect(await tried).toMatchObject({ errorCode: 'MR_DELIVERY_ENDPOINT_REMOVED', statusCode: null })
  expect(posted).toEqual([])
})

test('a secret sealed with a key that is not known yet is waited for', async () => {
  const secrets = [secretOf(me, newSecret(), parseSecretKeys(newSecretKey('next')))]
  const { tried, posted } = tryWith(endpointOf({ ...me, secrets }))
  expect(await tried).toMatchObject({ errorCode: 'MR_DELIVERY_SECRET_KEY_MISSING', wasSent: false })
  expect(posted).toEqual([])
})

const unreadable: readonly (readonly [string, string[]])[] = [
  ['no secret at all', []],
  ['one that is damaged', ['mrs1.now.AAAA']],
  ['one of another endpoint', [sealed(newSecret(), { ...me, endpoint_id: 'ep_2' })]],
  ['one that is no secret', [sealed('hunter2')]],
  ['one that is the value of a header', [seal(newSecret(), keys, sealedFor(me, 'header:x-a'))]],
]
test.each(unreadable)('an endpoint with %s is not posted to unsigned', async (_, texts) => {
  const secrets = texts.map((text) => ({ ...secretOf(me, newSecret(), keys), sealed: text }))
  const { tried, posted } = tryWith(endpointOf({ ...me, secrets }))
  expect(await tried).toMatchObject({ errorCode: 'MR_DELIVERY_SECRET_UNREADABLE' })
  expect(posted).toEqual([])
})

test('extra headers go along, but never one that may not be sent, whatever was saved', async () => {
  const sealedHeaders = (headers: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, seal(value, keys, sealedFor(me, `header:${name}`))]),
    )
  const fine = tryWith(endpointWith([newSecret()], { sealed_headers: sealedHeaders({ 'x-api-key': 'k' }) }))
  await fine.tried
  expect(fine.posted[0]?.headers).toMatchObject({ 'x-api-key': 'k', 'webhook-id': 'msg_1' })
  for (const header of [{ host: 'other' }, { 'Webhook-Id': 'other' }, { 'x-key': 'a\r\nhost: b' }]) {
    const bad = tryWith(endpointWith([newSecret()], { sealed_headers: sealedHeaders(header) }))
    expect(await bad.tried).toMatchObject({ errorCode: 'MR_DELIVERY_HEADERS_REFUSED' })
    expect(bad.posted).toEqual([])
  }
})

test.each([
  ['general', 'required', true],
  ['general', 'none', false],
  ['config', 'required', false],
] as const)('an endpoint of kind %s whose consent is %s: asked %s', async (kind, consent, asksConsent) => {
  const { posted, tried } = tryWith(endpointWith([newSecret()], { kind, consent, timeout_ms: 7_000 }))
  await tried
  expect(posted[0]).toMatchObject({ asksConsent, timeoutMs: 7_000, owner: 'default/ep_1' })
})

const response = endpointWith([newSecret()], { kind: 'response' })
const proof = (of = delivery, url = response.url) => seal('apr_1', keys, approvedFor(of, url))

test('an approved response is posted like any other delivery', async () => {
  const { posted, tried } = tryWith(response, { ...delivery, approval: proof() })
  expect(await tried).toMatchObject({ errorCode: null, statusCode: 200 })
  expect(posted[0]?.body).toEqual(delivery.body)
})

const unapproved: readonly (readonly [string, Partial<typeof delivery>])[] = [
  ['without a proof', {}],
  ['with other bytes than those approved', { approval: proof(), body: Buffer.from('{"a":2}') }],
  ['under another webhook-id', { approval: proof(), delivery_id: 'msg_2' }],
  ['approved for another URL', { approval: proof(delivery, 'https://other.example/') }],
  ['approved for another tenant', { approval: proof({ ...delivery, tenant: 'acme' }) }],
  [
    'with a proof sealed by a key of somebody else',
    {
      approval: seal('apr_1', parseSecretKeys(newSecretKey('now')), approvedFor(delivery, response.url)),
    },
  ],
  ['with words in place of a proof', { approval: 'approved' }],
]
test.each(unapproved)('a response %s is never posted', async (_, changes) => {
  const { posted, tried } = tryWith(response, { ...delivery, ...changes })
  expect(await tried).toMatchObject({ errorCode: 'MR_DELIVERY_UNAPPROVED', wasSent: false })
  expect(posted).toEqual([])
})

test('a proof sealed with a key that this process does not know yet is waited for', async () => {
  const next = seal('apr_1', parseSecretKeys(newSecretKey('next')), approvedFor(delivery, response.url))
  const { posted, tried } = tryWith(response, { ...delivery, approval: next })
  expect(await tried).toMatchObject({ errorCode: 'MR_DELIVERY_SECRET_KEY_MISSING' })
  expect(posted).toEqual([])
})
