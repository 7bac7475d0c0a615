import { expect, test } from 'vitest'
import { headersFor } from '../src/index.ts'
import { webhookEvent } from './events.ts'

test('an event’s headers are CloudEvents in binary mode and where it came from', () => {
  expect(headersFor(webhookEvent('front/rule-webhook.inbound.json'))).toEqual({
    ce_specversion: '1.0',
    ce_id: 'evt_28duo2q',
    ce_type: 'message.received',
    ce_source: 'front-support',
    ce_time: '2018-02-11T00:33:20.000Z',
    ce_subject: 'cnv_keocka',
    ce_tenant: 'acme',
    'content-type': 'application/avro',
    'x-received-position': 'webhooks.received.v1-0-7',
    'x-webhook-id': '018f0000-0000-7000-8000-000000000000',
  })
})

test('what an event does not have is left out', () => {
  const event = { ...webhookEvent('make/get_client_knowledge_graph.request.json', 'make'), occurred_at: Number.NaN }
  expect(headersFor(event)).not.toHaveProperty('ce_subject')
  expect(headersFor(event)).not.toHaveProperty('ce_time')
})
