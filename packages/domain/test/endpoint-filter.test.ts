import type { Endpoint } from '@millrace/schemas'
import { describe, expect, test } from 'vitest'
import {
  completeFrontEvent,
  endpointsFor,
  isEventTypePattern,
  matchesEndpoint,
  newEndpoint,
  readEvent,
} from '../src/index.ts'
import { eventFrom } from './events.ts'

let made = 0
const endpointOf = (changes: Partial<Endpoint> = {}): Endpoint => ({
  ...newEndpoint({ tenant: 'acme', endpoint_id: `ep_${++made}`, url: 'https://a.net' }, 0),
  event_types: ['*'],
  ...changes,
})
const read = (json: object, changes: object = {}) => readEvent({ ...eventFrom(json), ...changes })
const plain = (changes: object = {}) => read({}, { type: 'conversation.tagged', conversation_id: 'cnv_1', ...changes })

/** A message that came in, in full. */
const full = {
  type: 'inbound',
  id: 'evt_1',
  emitted_at: 1_700_000_000,
  conversation: { id: 'cnv_1', tags: [{ id: 'tag_1', name: 'VIP' }], custom_fields: { usecase: 'Support' } },
  source: { _meta: { type: 'inboxes' }, data: [{ id: 'inb_1' }] },
  target: { _meta: { type: 'message' }, data: { id: 'msg_1', type: 'sms', is_inbound: true, text: 'Hello' } },
}
/** The same as a preview: ids and links alone. */
const preview = {
  ...full,
  conversation: { id: 'cnv_1', _links: {} },
  source: { _meta: { type: 'inboxes' }, _links: {} },
  target: { _meta: { type: 'message' }, id: 'msg_1', _links: {} },
}

const filters: [string[], string, boolean][] = [
  [['*'], 'anything.at.all', true],
  [['message.*'], 'message.received', true],
  [['front.*'], 'front.call.started', true],
  [['message.*'], 'messages.received', false],
  [['message.*'], 'message', false],
  [['message.received'], 'message.received', true],
  [['message.received'], 'message.received.late', false],
  [['comment.added', 'message.sent'], 'message.sent', true],
  [[], 'message.received', true],
  [[], 'message.processed', true],
  [[], 'message.failed', true],
  [[], 'conversation.tagged', false],
]
test.each(filters)('%j on %s is %s', (event_types, type, isWanted) => {
  expect(matchesEndpoint(endpointOf({ event_types }), plain({ type }))).toBe(isWanted)
})

test('an endpoint gets nothing of another tenant, whatever it asks for', () => {
  expect(matchesEndpoint(endpointOf(), plain({ tenant: 'other' }))).toBe(false)
})

test('a disabled endpoint gets nothing', () => {
  expect(endpointsFor([endpointOf({ is_enabled: false })], plain())).toEqual([])
})

test('an endpoint for approved responses gets no event, whatever it asks for', () => {
  expect(endpointsFor([endpointOf({ kind: 'response' })], plain())).toEqual([])
})

test('an endpoint of one conversation gets that conversation only', () => {
  const one = endpointOf({ conversation_id: 'cnv_1' })
  expect(matchesEndpoint(one, plain())).toBe(true)
  expect(matchesEndpoint(one, plain({ conversation_id: 'cnv_2' }))).toBe(false)
  expect(matchesEndpoint(one, plain({ conversation_id: null }))).toBe(false)
})

/** Filter, what it says of the full message, what of its preview. */
const parts: [string, Partial<Endpoint>, boolean, boolean | undefined][] = [
  ['its channel', { channels: ['SMS'] }, true, undefined],
  ['another channel', { channels: ['WHATSAPP', 'API'] }, false, undefined],
  ['its inbox', { inboxes: ['inb_2', 'inb_1'] }, true, undefined],
  ['another inbox', { inboxes: ['inb_2'] }, false, undefined],
  ['a tag by name, in any case', { tags: ['vip'] }, true, undefined],
  ['a tag by id', { tags: ['tag_1'] }, true, undefined],
  ['another tag', { tags: ['tag_2'] }, false, undefined],
  ['its content', { payload_filter: '{"data":{"content":[{"prefix":"Hel"}]}}' }, true, undefined],
  ['other content', { payload_filter: '{"data":{"content":["Bye"]}}' }, false, undefined],
  ['a broken pattern', { payload_filter: '{' }, false, undefined],
  ['another type, which a preview tells', { event_types: ['message.sent'], tags: ['vip'] }, false, false],
]
test.each(parts)('a filter by %s', (_, filter, ofFull, ofPreview) => {
  expect(matchesEndpoint(endpointOf(filter), read(full))).toBe(ofFull)
  expect(matchesEndpoint(endpointOf(filter), read(preview))).toBe(ofPreview)
})

test('a preview that was completed by what was read answers like the full event', () => {
  const { target, conversation, source } = full
  const parts = { message: target.data, conversation, inboxes: source.data }
  const before = { ...eventFrom(preview) }
  const after = readEvent({ ...before, payload: completeFrontEvent(before.payload, parts) })
  expect(after.facts).toEqual(read(full).facts)
})

test('what the provider is not Front for has no inbox, no tag and no channel of its own', () => {
  const task = readEvent(eventFrom({ client_id: 'c', action_id: 'a', task: { id: '1' } }, 'make'))
  expect(matchesEndpoint(endpointOf({ event_types: ['*'] }), task)).toBe(true)
  for (const filter of [{ tags: ['a'] }, { inboxes: ['inb_1'] }, { channels: ['API'] }])
    expect(matchesEndpoint(endpointOf(filter), task)).toBe(false)
})

describe('of the conversation configs', () => {
  const config = (changes: Partial<Endpoint>) => endpointOf({ kind: 'config', event_types: [], ...changes })
  const all = config({})
  const ofChannel = config({ channels: ['SMS'] })
  const ofUsecase = config({ usecase: 'support' })
  const ofBoth = config({ usecase: 'support', channels: ['SMS'] })
  const ofConversation = config({ conversation_id: 'cnv_1' })
  const chosenOf = (configs: Endpoint[], json: object) =>
    endpointsFor(configs, read(json)).map(({ endpoint, isCertain }) => [endpoint.endpoint_id, isCertain])

  test('the most specific one gets the message, alone', () => {
    const order = [all, ofChannel, ofUsecase, ofBoth, ofConversation]
    for (let count = 1; count <= order.length; count++) {
      const configs = order.slice(0, count)
      const winner = configs.at(-1)?.endpoint_id
      expect(chosenOf(configs, full)).toEqual([[winner, true]])
      expect(chosenOf(configs.toReversed(), full)).toEqual([[winner, true]])
    }
  })

  test('one of another channel or usecase does not stand in the way', () => {
    const others = [
      config({ usecase: 'sales' }),
      config({ channels: ['WHATSAPP'] }),
      config({ conversation_id: 'cnv_2' }),
    ]
    expect(chosenOf([...others, all], full)).toEqual([[all.endpoint_id, true]])
  })

  test('a general endpoint gets it beside them', () => {
    const general = endpointOf()
    expect(chosenOf([general, all], full)).toEqual([
      [general.endpoint_id, true],
      [all.endpoint_id, true],
    ])
  })

  test('a paused one sends nothing, and nothing less specific stands in for it', () => {
    expect(chosenOf([all, { ...ofConversation, is_enabled: false }], full)).toEqual([])
  })

  test('while a preview does not tell, all that may be the one wait', () => {
    expect(chosenOf([all, ofChannel, ofUsecase], preview)).toEqual([
      [ofUsecase.endpoint_id, false],
      [ofChannel.endpoint_id, false],
      [all.endpoint_id, false],
    ])
    expect(chosenOf([all, ofChannel, ofConversation], preview)).toEqual([[ofConversation.endpoint_id, true]])
  })

  test('a usecase is told by a custom field or by a tag', () => {
    const tagged = { ...full, conversation: { id: 'cnv_1', tags: [{ id: 'tag_9', name: 'Usecase: Support' }] } }
    expect(chosenOf([ofUsecase], tagged)).toEqual([[ofUsecase.endpoint_id, true]])
    const none = { ...full, conversation: { id: 'cnv_1', tags: [] } }
    expect(chosenOf([ofUsecase], none)).toEqual([])
  })
})

test('a pattern is a type, a star, or a prefix and a star', () => {
  for (const text of ['*', 'message.*', 'message.received', 'front.a_b-c.*'])
    expect(isEventTypePattern(text), text).toBe(true)
  for (const text of ['', '.*', '*.created', 'message*', 'a..b', 'a.*.b', 'a b', 'x'.repeat(201)]) {
    expect(isEventTypePattern(text), text).toBe(false)
  }
})
