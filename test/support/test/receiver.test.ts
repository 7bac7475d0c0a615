import { newSecret, standardWebhooksHeaders } from '@millrace/signing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Receiver, startReceiver } from '../src/receiver.ts'

const secret = newSecret()
let receiver: Receiver

beforeEach(async () => {
  receiver = await startReceiver({ secret })
})
afterEach(() => receiver.close())

async function deliver(id = 'msg_1', changes: Record<string, string> = {}): Promise<number> {
  const body = Buffer.from('{"conversation_id":"cnv_1"}')
  const timestampSeconds = Math.floor(Date.now() / 1000)
  const headers = { ...standardWebhooksHeaders({ id, timestampSeconds, body, secrets: [secret] }), ...changes }
  const response = await fetch(receiver.url, { method: 'POST', headers, body })
  await response.arrayBuffer()
  return response.status
}

test('takes a signed webhook and keeps it', async () => {
  expect(await deliver()).toBe(200)
  expect(receiver.requests()).toMatchObject([{ id: 'msg_1', verdict: 'ok', status: 200, path: '/webhooks' }])
  expect(receiver.requests()[0]?.body.toString()).toBe('{"conversation_id":"cnv_1"}')
})

test('answers 401 to a wrong signature and names the rule', async () => {
  expect(await deliver('msg_1', { 'webhook-id': 'msg_2' })).toBe(401)
  expect(receiver.requests()).toMatchObject([{ verdict: 'signature-mismatch' }])
})

test('fails as it was told, then takes again', async () => {
  receiver.failWith([500, { status: 429, headers: { 'retry-after': '1' } }])
  expect([await deliver(), await deliver(), await deliver()]).toEqual([500, 429, 200])
  expect(receiver.tries('msg_1').map((request) => request.status)).toEqual([500, 429, 200])
})

test('resets the connection when told', async () => {
  receiver.failWith(['reset'])
  await expect(deliver()).rejects.toThrow()
})

test('is driven over HTTP by another process', async () => {
  const base = `http://127.0.0.1:${receiver.port}/_control`
  await fetch(`${base}/fail`, { method: 'POST', body: '[503]' })
  expect(await deliver()).toBe(503)
  expect(await (await fetch(base)).json()).toEqual({ requests: 1, peak_in_flight: 1 })
})

test('a look whether it is up is no delivery', async () => {
  expect((await fetch(receiver.url)).status).toBe(405)
  expect(receiver.requests()).toHaveLength(0)
})
