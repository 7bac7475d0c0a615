import { outboundMessage, topicKey } from '@millrace/domain'
import type { Delivery, Endpoint, EventReplay, WebhookEvent } from '@millrace/schemas'
import { topics } from '@millrace/schemas'
import { replayOf } from '@millrace/test-support'
import { expect, test } from 'vitest'
import { deliveriesFor, deliveryId } from '../src/request-deliveries.ts'
import { endpointOf, messageEvent, recordOf } from './support/values.ts'

const among = (...endpoints: Endpoint[]) => ({
  about: ({ tenant }: { tenant: string }) => endpoints.filter((endpoint) => endpoint.tenant === tenant),
  find: (key: string) => endpoints.find((one) => topicKey(one.tenant, one.endpoint_id) === key) ?? 'unknown',
  wantsNothing: (endpoint: Endpoint) => endpoint.description === 'gone',
})

test('each endpoint that wants an event gets one delivery under its own key', () => {
  const event = messageEvent()
  const wanting = [endpointOf({ endpoint_id: 'ep_1' }), endpointOf({ endpoint_id: 'ep_2', event_types: ['message.*'] })]
  const others = [
    endpointOf({ tenant: 'other' }),
    endpointOf({ is_enabled: false }),
    endpointOf({ description: 'gone' }),
    endpointOf({ event_types: ['comment.added'] }),
    endpointOf({ conversation_id: 'cnv_other' }),
  ]
  const outputs = deliveriesFor(recordOf(event), among(...wanting, ...others), 7)
  expect(outputs.map(({ topic, key }) => [topic, key])).toEqual([
    [topics.requested, 'default/ep_1'],
    [topics.requested, 'default/ep_2'],
  ])
})

test('a delivery holds the exact bytes that every try will send', () => {
  const event = messageEvent()
  const [output] = deliveriesFor(recordOf(event), among(endpointOf()), 7)
  const delivery = output?.value as Delivery
  expect(delivery).toMatchObject({ attempts: 0, not_before: 0, requested_at: 7, event_id: event.event_id })
  expect(delivery.body.toString()).toBe(JSON.stringify(outboundMessage(event)))
  expect(output?.headers).toMatchObject({ ce_id: event.event_id, ce_type: 'message.received' })
})

test('endpoints that want other forms get other bytes', () => {
  const forms = [endpointOf(), endpointOf({ ids: 'provider' }), endpointOf({ payload: 'event' })]
  const config = endpointOf({ kind: 'config', workflow_id: 'wf_1', usecase: null })
  const bodies = deliveriesFor(recordOf(messageEvent()), among(...forms, config), 7).map(({ value }) =>
    JSON.parse(String((value as Delivery).body)),
  )
  expect(bodies.at(0)?.data?.id).toMatch(/^[0-9a-f-]{36}$/)
  expect(bodies[1]).toMatchObject({ conversation_id: 'cnv_55c8c149', data: { id: expect.stringMatching(/^msg_/) } })
  expect(bodies[2]).toMatchObject({ type: 'message.received', data: { event_id: expect.any(String) } })
  expect(bodies[3]?.data.metadata).toMatchObject({ workflow_id: 'wf_1' })
})

test('a preview waits for its read, and so does a filter that the event cannot answer', () => {
  const payload = Buffer.from('{"type":"inbound","conversation":{"id":"cnv_1"},"target":{"id":"msg_1"}}')
  const preview = messageEvent({ payload, conversation_id: 'cnv_1' })
  const [first] = deliveriesFor(recordOf(preview), among(endpointOf()), 7)
  expect(first?.value).toMatchObject({ preview: { account: 'default', provider: 'front', payload } })
  const tagged = messageEvent({
    payload: Buffer.from('{"type":"archive","conversation":{"id":"cnv_1"}}'),
    type: 'conversation.archived',
  })
  const all = endpointOf({ event_types: ['*'] })
  const some = endpointOf({ event_types: ['*'], tags: ['vip'] })
  const previews = deliveriesFor(recordOf(tagged), among(all, some), 7).map(({ value }) => (value as Delivery).preview)
  expect(previews).toEqual([null, expect.objectContaining({ payload: tagged.payload })])
})

test('an event that nobody wants and a tombstone become nothing', () => {
  expect(deliveriesFor(recordOf(messageEvent()), among(), 7)).toEqual([])
  expect(deliveriesFor(recordOf<WebhookEvent>(null), among(endpointOf()), 7)).toEqual([])
})

test('a delivery id is fixed by tenant, endpoint, account, provider and event, and has no dot', () => {
  const event = { account: 'default', provider: 'front', event_id: 'evt_1', type: 'message.received' }
  const id = deliveryId('default', 'ep_1', event)
  // Golden: a receiver that has seen it must recognise it after any release.
  expect(id).toBe('msg_ac0a0f16-bb64-5302-8826-b1c200d8553e')
  const others = [
    deliveryId('other', 'ep_1', event),
    deliveryId('default', 'ep_2', event),
    deliveryId('default', 'ep_1', { ...event, account: 'b' }),
    deliveryId('default', 'ep_1', { ...event, provider: 'make' }),
    deliveryId('default', 'ep_1', { ...event, event_id: 'evt_2' }),
    deliveryId('default', 'ep_1', { ...event, type: 'message.processed' }),
  ]
  expect(new Set([id, ...others]).size).toBe(7)
  expect(id).toMatch(/^msg_[0-9a-f-]{36}$/)
})

test('a config that wants nothing is a pause: nothing less specific stands in for it', () => {
  const [all, gone] = [
    endpointOf({ kind: 'config' }),
    endpointOf({ kind: 'config', description: 'gone', conversation_id: messageEvent().conversation_id }),
  ]
  expect(deliveriesFor(recordOf(messageEvent()), among(all), 7)).toHaveLength(1)
  expect(deliveriesFor(recordOf(messageEvent()), among(all, gone), 7)).toEqual([])
})

const asked = (event: WebhookEvent, changes: Partial<EventReplay> = {}) =>
  replayOf(event, { run_id: 'run_1', target: 'delivery-request', ...changes })

const deliveriesIn = (replay: EventReplay, ...endpoints: Endpoint[]) =>
  deliveriesFor({ ...recordOf(replay), timestamp: 0 }, among(...endpoints), 7).map(({ value }) => value as Delivery)

test('a replay for the group goes to every endpoint that wants it, one for an endpoint to that one alone', () => {
  const event = messageEvent()
  const endpoints = [endpointOf({ endpoint_id: 'ep_1' }), endpointOf({ endpoint_id: 'ep_2' })]
  const to = (changes: Partial<EventReplay>) =>
    deliveriesIn(asked(event, changes), ...endpoints).map(({ endpoint_id }) => endpoint_id)
  expect(to({})).toEqual(['ep_1', 'ep_2'])
  expect(to({ target_kind: 'endpoint', target: 'ep_2' })).toEqual(['ep_2'])
  expect(to({ target: 'knowledge-extract' })).toEqual([])
})

test("a replay for an endpoint whose filter does not fit becomes nothing: a customer's choice holds", () => {
  const endpoint = endpointOf({ endpoint_id: 'ep_1', event_types: ['comment.added'] })
  expect(deliveriesIn(asked(messageEvent(), { target_kind: 'endpoint', target: 'ep_1' }), endpoint)).toEqual([])
})

test('a replay keeps the webhook-id or has one of its own, the same whenever it is made', () => {
  const event = messageEvent()
  const endpoint = endpointOf({ endpoint_id: 'ep_1' })
  const [live] = deliveriesFor(recordOf(event), among(endpoint), 7).map(({ value }) => value as Delivery)
  const ids = (changes: Partial<EventReplay>) =>
    deliveriesIn(asked(event, changes), endpoint).map(({ delivery_id, run_id }) => [delivery_id, run_id])
  expect(ids({})).toEqual([[live?.delivery_id, 'run_1']])
  const [renewed] = ids({ keeps_ids: false })
  expect(renewed?.[0]).toMatch(/^msg_[0-9a-f-]{36}$/)
  expect(renewed?.[0]).not.toBe(live?.delivery_id)
  expect(ids({ keeps_ids: false })).toEqual([renewed])
  expect(ids({ keeps_ids: false, run_id: 'run_2' })[0]?.[0]).not.toBe(renewed?.[0])
})

test('a replay to an endpoint that was only just saved waits for it; to one that is gone it is a dead letter', () => {
  const replay = asked(messageEvent(), { target_kind: 'endpoint', target: 'ep_new' })
  const record = { ...recordOf(replay), timestamp: 1_000 }
  const code = (now: number, find: 'unknown' | 'removed') => {
    try {
      return deliveriesFor(record, { ...among(), find: () => find }, now)
    } catch (error) {
      return (error as { code?: string }).code
    }
  }
  expect(code(2_000, 'unknown')).toBe('MR_KAFKA_TRANSIENT')
  expect(code(32_000, 'unknown')).toBe('MR_DELIVERY_ENDPOINT_REMOVED')
  expect(code(2_000, 'removed')).toBe('MR_DELIVERY_ENDPOINT_REMOVED')
})
