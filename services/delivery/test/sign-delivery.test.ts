import { sealedFor } from '@millrace/domain'
import {
  newEd25519KeyPair,
  newSecret,
  newSecretKey,
  parseSecretKeys,
  seal,
  standardWebhooksV1,
  standardWebhooksV1a,
  verify,
} from '@millrace/signing'
import { expect, test } from 'vitest'
import { deliveryHeaders } from '../src/sign-delivery.ts'
import { deliveryOf, endpointOf, secretOf } from './support/values.ts'

const keys = parseSecretKeys(newSecretKey('now'))
const me = { tenant: 'acme', endpoint_id: 'ep_1' }
const now = 1_700_000_000_500
const delivery = deliveryOf({ delivery_id: 'msg_1', body: Buffer.from('{"a":1}') })

test('in a rotation the old secret signs up to its end, and from then on the new one alone', () => {
  const [fresh, old] = [newSecret(), newSecret()]
  const secrets = [secretOf(me, fresh, keys), { ...secretOf(me, old, keys), not_after: now + 1_000 }]
  const endpoint = endpointOf({ ...me, secrets })
  const signaturesAt = (at: number) => deliveryHeaders(endpoint, delivery, keys, at)?.['webhook-signature']?.split(' ')
  expect(signaturesAt(now)).toHaveLength(2)
  expect(signaturesAt(now + 999)).toHaveLength(2)
  expect(signaturesAt(now + 1_000)).toHaveLength(1)
  const headers = deliveryHeaders(endpoint, delivery, keys, now + 1_000) ?? {}
  const verdictOf = (secret: string) =>
    verify(standardWebhooksV1, { headers, body: delivery.body }, [{ id: 's', secret }], now).ok
  expect([verdictOf(fresh), verdictOf(old)]).toEqual([true, false])
})

test('one that has no secret in force is not sent', () => {
  const endpoint = endpointOf({ ...me, secrets: [{ ...secretOf(me, newSecret(), keys), not_after: now }] })
  expect(deliveryHeaders(endpoint, delivery, keys, now)).toBeUndefined()
})

test('the id is the same on every try, time and signatures are of the try', () => {
  const endpoint = endpointOf({ ...me, secrets: [secretOf(me, newSecret(), keys)] })
  const [first, second] = [now, now + 4_000].map((at) => deliveryHeaders(endpoint, delivery, keys, at))
  expect([first?.['webhook-id'], second?.['webhook-id']]).toEqual(['msg_1', 'msg_1'])
  expect([first?.['webhook-timestamp'], second?.['webhook-timestamp']]).toEqual(['1700000000', '1700000004'])
  expect(first?.['webhook-signature']).not.toBe(second?.['webhook-signature'])
})

test('a v1a signature is verified with the public key that is stored in the open', () => {
  const pair = newEd25519KeyPair()
  const endpoint = endpointOf({ ...me, secrets: [secretOf(me, pair.secretKey, keys)] })
  const headers = deliveryHeaders(endpoint, delivery, keys, now) ?? {}
  const secret = endpoint.secrets[0]?.public_key ?? ''
  expect(secret).toBe(pair.publicKey)
  expect(verify(standardWebhooksV1a, { headers, body: delivery.body }, [{ id: 's', secret }], now).ok).toBe(true)
})

test('one that its owner left unsigned carries id, time and its own headers alone', () => {
  const sealed_headers = { authorization: seal('Bearer x', keys, sealedFor(me, 'header:authorization')) }
  const endpoint = endpointOf({ ...me, is_signed: false, sealed_headers })
  expect(deliveryHeaders(endpoint, delivery, keys, now)).toEqual({
    authorization: 'Bearer x',
    'webhook-id': 'msg_1',
    'webhook-timestamp': '1700000000',
  })
})

test('the value of a header opens under its own name alone', () => {
  const sealed_headers = { 'x-b': seal('v', keys, sealedFor(me, 'header:x-a')) }
  const endpoint = endpointOf({ ...me, sealed_headers, secrets: [secretOf(me, newSecret(), keys)] })
  expect(deliveryHeaders(endpoint, delivery, keys, now)).toBeUndefined()
})
