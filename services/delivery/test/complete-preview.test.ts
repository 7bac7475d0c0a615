import { createFrontClient } from '@millrace/front-client'
import type { Delivery, Endpoint } from '@millrace/schemas'
import { type FrontSimulator, startFrontSimulator } from '@millrace/test-support'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPreviews } from '../src/complete-preview.ts'
import { deliveriesFor } from '../src/request-deliveries.ts'
import { endpointOf, messageEvent, recordOf } from './support/values.ts'

const never = new AbortController().signal
let front: FrontSimulator

beforeEach(async () => {
  front = await startFrontSimulator({ autoCreate: false })
})
afterEach(() => front.close())

/** The deliveries of a preview of a message that came in, to these endpoints. */
function deliveriesOf(endpoints: readonly Endpoint[]): { deliveries: Delivery[]; messageId: string } {
  const opened = front.company.open({ text: 'Where is my order?', inbox: 'inb_support' }) as {
    id: string
    conversation: { id: string }
    target: { data: { id: string } }
  }
  const messageId = opened.target.data.id
  front.company.tag(opened.conversation.id, 'VIP')
  const preview = {
    type: 'inbound',
    id: opened.id,
    conversation: { id: opened.conversation.id },
    source: { _meta: { type: 'inboxes' } },
    target: { _meta: { type: 'message' }, id: messageId },
  }
  const event = messageEvent({
    event_id: opened.id,
    conversation_id: opened.conversation.id,
    payload: Buffer.from(JSON.stringify(preview)),
  })
  const directory = { about: () => endpoints, find: () => 'unknown' as const, wantsNothing: () => false }
  const deliveries = deliveriesFor(recordOf(event), directory, 7)
  return { deliveries: deliveries.map(({ value }) => value as Delivery), messageId }
}

const previewsFor = (endpoints: readonly Endpoint[], token = front.token) => {
  const client = createFrontClient({ token, baseUrl: front.url })
  return createPreviews({ fronts: { of: () => client }, endpoints: { about: () => endpoints } })
}

async function completed(endpoint: Endpoint, others: readonly Endpoint[] = []) {
  const endpoints = [endpoint, ...others]
  const { deliveries } = deliveriesOf(endpoints)
  const delivery = deliveries.find(({ endpoint_id }) => endpoint_id === endpoint.endpoint_id)
  if (delivery === undefined) throw new Error('nothing was requested')
  return previewsFor(endpoints).complete(delivery, endpoint, never)
}

const callsOf = (path: string) => front.calls(path).length

test('a preview’s message is read once, and its body is the whole message', async () => {
  const result = await completed(endpointOf())
  expect(result).toMatchObject({ kind: 'ready', delivery: { preview: null } })
  const { data } = JSON.parse(String(result.kind === 'ready' ? result.delivery.body : ''))
  expect(data).toMatchObject({ content: 'Where is my order?', status: 'RECEIVED', metadata: { preview: false } })
  expect([callsOf('/messages/'), callsOf('/conversations/')]).toEqual([1, 0])
})

test('several endpoints of one event share its reads', async () => {
  const endpoints = [endpointOf(), endpointOf({ tags: ['vip'] }), endpointOf({ tags: ['other'] }), endpointOf()]
  const { deliveries } = deliveriesOf(endpoints)
  const previews = previewsFor(endpoints)
  const all = await Promise.all(
    endpoints.map((endpoint, place) => previews.complete(deliveries[place] as Delivery, endpoint, never)),
  )
  expect(all.map(({ kind }) => kind)).toEqual(['ready', 'ready', 'unwanted', 'ready'])
  expect([callsOf('/messages/'), callsOf('/conversations/')]).toEqual([1, 1])
})

const fitting: readonly (readonly [string, Partial<Endpoint>])[] = [
  ['tag', { tags: ['vip'] }],
  ['inbox', { inboxes: ['inb_support'] }],
  ['channel', { channels: ['API'] }],
  ['content', { payload_filter: '{"data":{"content":[{"contains":"order"}]}}' }],
]
test.each(fitting)('a filter by %s that the preview could not answer is answered by the read', async (_, filter) => {
  expect(await completed(endpointOf(filter))).toMatchObject({ kind: 'ready' })
})

const others: readonly (readonly [string, Partial<Endpoint>])[] = [
  ['tag', { tags: ['other'] }],
  ['inbox', { inboxes: ['inb_other'] }],
  ['channel', { channels: ['SMS'] }],
  ['content', { payload_filter: '{"data":{"content":["Bye"]}}' }],
]
test.each(others)('an endpoint whose filter by %s does not fit after the read gets nothing', async (_, filter) => {
  expect(await completed(endpointOf(filter))).toEqual({ kind: 'unwanted' })
})

test('of the configs that a preview left open, the most specific one alone gets the message', async () => {
  const config = (changes: Partial<Endpoint>) => endpointOf({ kind: 'config', ...changes })
  const configs = [config({}), config({ channels: ['API'] }), config({ usecase: 'sales' })]
  const { deliveries } = deliveriesOf(configs)
  expect(deliveries).toHaveLength(3)
  const previews = previewsFor(configs)
  const kinds = await Promise.all(
    configs.map(async (endpoint) => {
      const delivery = deliveries.find(({ endpoint_id }) => endpoint_id === endpoint.endpoint_id) as Delivery
      return (await previews.complete(delivery, endpoint, never)).kind
    }),
  )
  expect(kinds).toEqual(['unwanted', 'ready', 'unwanted'])
})

test('while Front is away it is asked again later, and nothing is decided', async () => {
  front.outage(true)
  expect(await completed(endpointOf())).toEqual({ kind: 'later', ms: expect.any(Number) })
})

test('a message that is gone is sent as the preview had it; a filter that nothing can answer is told', async () => {
  const open = endpointOf()
  const filtered = endpointOf({ tags: ['vip'] })
  const { deliveries } = deliveriesOf([open, filtered])
  for (const path of ['/messages/', '/conversations/']) front.fail({ path, status: 404, count: 10 })
  const previews = previewsFor([open, filtered])
  const [first, second] = await Promise.all(
    [open, filtered].map((endpoint, place) => previews.complete(deliveries[place] as Delivery, endpoint, never)),
  )
  expect(first).toMatchObject({ kind: 'ready', delivery: { preview: null } })
  expect(JSON.parse(String(first?.kind === 'ready' ? first.delivery.body : '')).data.metadata.preview).toBe(true)
  expect(second).toMatchObject({ kind: 'unreadable', reason: expect.stringContaining('MR_FRONT_NOT_FOUND') })
})

test('without an API token a preview is sent as it came', async () => {
  const endpoint = endpointOf()
  const { deliveries } = deliveriesOf([endpoint])
  const previews = createPreviews({ fronts: { of: () => undefined }, endpoints: { about: () => [endpoint] } })
  expect(await previews.complete(deliveries[0] as Delivery, endpoint, never)).toMatchObject({ kind: 'ready' })
})
