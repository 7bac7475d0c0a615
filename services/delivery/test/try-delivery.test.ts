import { sealedFor } from '@millrace/domain'
import type { Endpoint } from '@millrace/schemas'
import { newSecret, newSecretKey, parseSecretKeys, seal, standardWebhooksV1, verify } from '@millrace/signing'
import { expect, test } from 'vitest'
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

function tryWith(found: Endpoint | 'removed' | 'unknown', of = delivery) {
  const posted: { url: string; headers: Record<string, string>; body: Buffer }[] = []
  const poster = {
    post: async (url: string, headers: Readonly<Record<string, string>>, body: Buffer) => {
      posted.push({ url, headers: { ...headers }, body })
      return { statusCode: 200, errorCode: null }
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
  const { tried } = tryWith('unknown')
  await expect(tried).rejects.toMatchObject({ code: 'MR_KAFKA_TRANSIENT' })
})

test('an endpoint that stays unknown was removed', async () => {
  const { tried, posted } = tryWith('unknown', { ...delivery, requested_at: Date.now() - 60_000 })
  expect(await tried).toMatchObject({ errorCode: 'MR_DELIVERY_ENDPOINT_REMOVED', statusCode: null })
  expect(posted).toEqual([])
})

test('a secret sealed with a key that is not known yet is waited for', async () => {
  const secrets = [secretOf(me, newSecret(), parseSecretKeys(newSecretKey('next')))]
  const { tried } = tryWith(endpointOf({ ...me, secrets }))
  await expect(tried).rejects.toMatchObject({ code: 'MR_KAFKA_TRANSIENT' })
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
