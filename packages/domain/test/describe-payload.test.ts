import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describePayload, type EventDescription, mergedConversationIds, readBatch } from '../src/index.ts'
import { fixture, fixtureJson, vectors } from './fixtures.ts'

interface FixtureCase {
  file: string
  provider: string
  description: EventDescription
}

const cases = vectors<FixtureCase[]>('fixtures')
const front = (json: unknown) => describePayload('front', json)

test.each(cases)('describes $file', ({ file, provider, description }) => {
  const [item] = readBatch(fixture(file)).items
  expect(describePayload(provider, item?.json)).toEqual(description)
})

describe('the conversation of a Front event', () => {
  const self = 'https://acme.api.frontapp.com/conversations/cnv_9/events?limit=1'
  const places: [string, unknown][] = [
    ['conversation.id', { type: 'archive', conversation: { id: 'cnv_9' }, target: { data: { id: 'cnv_1' } } }],
    [
      'payload.conversation.id',
      { type: 'conversation_archived', payload: { id: 'evt_1', conversation: { id: 'cnv_9' } } },
    ],
    ['payload.conversation_id', { type: 'message.sent', payload: { id: 'msg_1', conversation_id: 'cnv_9' } }],
    [
      'conversation_id beside the payload',
      { type: 'message.sent', conversation_id: 'cnv_9', payload: { id: 'msg_1' } },
    ],
    ['a cnv_ in payload.id', { type: 'conversation.updated', payload: { id: 'cnv_9' } }],
    ['a cnv_ in target.data', { type: 'x', target: { _meta: { type: 'conversation' }, data: { id: 'cnv_9' } } }],
    ['a cnv_ directly in target', { type: 'x', target: { id: 'cnv_9' } }],
    ['a cnv_ in an array of sources', { type: 'x', source: { _meta: {}, data: [{ id: 'inb_1' }, { id: 'cnv_9' }] } }],
    ['the link of a conversation without id', { type: 'tag', conversation: { _links: { self } } }],
    [
      'the link of a message',
      { type: 'inbound', target: { data: { id: 'msg_1', _links: { related: { conversation: self } } } } },
    ],
  ]
  test.each(places)('is found in %s', (_place, json) => {
    expect(front(json).conversationId).toBe('cnv_9')
  })

  test('is not taken from text that only looks like a link', () => {
    expect(front({ type: 'comment', target: { data: { id: 'com_1', body: self } } }).conversationId).toBeNull()
  })

  test('is the survivor of a merge, and the ended ones are listed', () => {
    const merge = {
      id: 'evt_1',
      type: 'conversations_merged',
      conversation: { id: 'cnv_9', subject: 'kept' },
      target: { _meta: { type: 'deleted_conversation_ids' }, data: ['cnv_1', 'cnv_2', 'cnv_9', 'cnv_1', 7] },
    }
    expect(front(merge)).toMatchObject({ type: 'conversation.merged', conversationId: 'cnv_9' })
    expect(mergedConversationIds(merge)).toEqual(['cnv_1', 'cnv_2'])
    expect(mergedConversationIds({ ...merge, type: 'archive' })).toEqual([])
  })

  test('is no id that could not be a record key', () => {
    for (const id of ['', '  ', 'cnv_\n1', 'x'.repeat(257), 7, null, {}]) {
      expect(front({ type: 'archive', conversation: { id } }).conversationId).toBeNull()
    }
  })
})

describe('the type of a Front event', () => {
  const types: [string, unknown, string][] = [
    [
      'assignee_changed with an inner assign',
      { type: 'assignee_changed', payload: { id: 'evt_1', type: 'assign' } },
      'conversation.assigned',
    ],
    [
      'assignee_changed with an inner unassign',
      { type: 'assignee_changed', payload: { id: 'evt_1', type: 'unassign' } },
      'conversation.unassigned',
    ],
    [
      'assignee_changed that only shows that nobody is assigned',
      { type: 'assignee_changed', payload: { id: 'evt_1', conversation: { assignee: null } } },
      'conversation.unassigned',
    ],
    [
      'an unknown outer word with a known inner one',
      { type: 'brand_new', payload: { id: 'evt_1', type: 'trash' } },
      'conversation.deleted',
    ],
    ['an envelope without an outer word', { payload: { id: 'evt_1', type: 'trash' } }, 'conversation.deleted'],
    [
      'a snooze, which the Events API has no word for',
      { type: 'conversation_snoozed', payload: { id: 'evt_1', type: 'reminder' } },
      'conversation.snoozed',
    ],
    [
      "a message's own type, which is no event type",
      { type: 'message.received', payload: { id: 'msg_1', type: 'comment' } },
      'message.received',
    ],
    ['two unknown words', { type: 'outer_x', payload: { id: 'evt_1', type: 'inner_x' } }, 'front.outer_x'],
    ['no word at all', { payload: { id: 'evt_1' } }, 'front.unknown'],
    ['a word that is a property of every object', { type: '__proto__' }, 'front.proto'],
  ]
  test.each(types)('is right for %s', (_name, json, type) => {
    expect(front(json).type).toBe(type)
  })

  test('stays bounded however long the word is', () => {
    const found = front({ type: 'w'.repeat(100_000) })
    expect(found.providerType).toHaveLength(256)
    expect(found.type).toHaveLength('front.'.length + 100)
  })
})

describe('the time of an event', () => {
  test('is emitted_at, float seconds, to the millisecond', () => {
    expect(front({ id: 'evt_1', type: 'archive', emitted_at: 1694046470.9304 }).occurredAt).toBe(1694046470930)
    expect(front({ id: 'evt_1', type: 'archive', emitted_at: 1694046470930 }).occurredAt).toBe(1694046470930)
  })

  test('is not the birth of a conversation that something happened to later', () => {
    const payload = { id: 'cnv_1', created_at: 1600000000 }
    expect(front({ type: 'conversation.assigned', payload }).occurredAt).toBeNull()
    expect(front({ type: 'conversation.assigned', payload: { ...payload, updated_at: 1700000000 } }).occurredAt).toBe(
      1700000000000,
    )
    expect(front({ type: 'conversation.created', payload }).occurredAt).toBe(1600000000000)
  })

  test('is null when it is no plausible time', () => {
    for (const emitted_at of [0, -1, 1e300, Number.NaN, '', 'soon', true, null, [], '9'.repeat(400)]) {
      expect(front({ id: 'evt_1', type: 'archive', emitted_at }).occurredAt).toBeNull()
    }
  })
})

describe('the completeness of a Front event', () => {
  test('is partial when the conversation is only id and links', () => {
    expect(front({ id: 'evt_1', type: 'tag', conversation: { id: 'cnv_1', _links: {} } }).completeness).toBe('partial')
    expect(front({ id: 'evt_1', type: 'tag' }).completeness).toBe('partial')
    expect(front({ id: 'evt_1', type: 'tag', conversation: { id: 'cnv_1', subject: '' } }).completeness).toBe('full')
  })

  test('rests on the contact when the event is about one', () => {
    const contact = front({ type: 'contact.updated', payload: { id: 'crd_1', name: 'Ann' } })
    expect(contact).toMatchObject({
      type: 'contact.updated',
      contactId: 'crd_1',
      conversationId: null,
      completeness: 'full',
    })
    expect(front({ type: 'contact.updated', payload: { id: 'crd_1' } }).completeness).toBe('partial')
  })
})

describe('tasks', () => {
  test('of Make are received with their client, by any of its spellings', () => {
    const task = { id: 't1', name: 'Call' }
    expect(describePayload('make', { client_id: 42, task })).toMatchObject({
      type: 'task.received',
      priority: 'high',
      clientId: '42',
    })
    expect(describePayload('make', { client: { id: 'c' }, task }).clientId).toBe('c')
    const custom_fields = [{ name: 'Client ID', value: 'c9' }, null, { name: 7 }]
    expect(describePayload('make', { task: { ...task, custom_fields } }).clientId).toBe('c9')
    expect(describePayload('make', { action_id: 'ping' })).toMatchObject({ type: 'make.ping', priority: 'low' })
  })

  test('of a ClickUp automation are received, of an API webhook keep ClickUp’s word', () => {
    const automation = {
      id: 'u:main',
      trigger_id: 't',
      date: '2026-01-02T03:04:05.678Z',
      payload: fixtureJson('clickup/get_task.response.json'),
    }
    expect(describePayload('clickup', automation)).toMatchObject({
      type: 'task.received',
      occurredAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    })
    const webhook = { event: 'taskStatusUpdated', task_id: '86d', history_items: [{ id: '1', date: '1782285193253' }] }
    expect(describePayload('clickup', webhook)).toMatchObject({
      type: 'clickup.taskStatusUpdated',
      priority: 'low',
      occurredAt: 1782285193253,
    })
  })
})

test('another provider’s event flows under the provider’s name', () => {
  const event = { type: 'invoice.paid', created: 1700000000, data: { conversation_id: 'c1' } }
  expect(describePayload('stripe', event)).toMatchObject({
    type: 'stripe.invoice.paid',
    priority: 'low',
    occurredAt: 1700000000000,
    conversationId: 'c1',
  })
})

const providers = fc.constantFrom('front', 'make', 'clickup', 'other', '', 'a b\n')
const safeType = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
const knownKeys = [
  'type',
  'payload',
  'id',
  'conversation',
  'target',
  'source',
  'data',
  '_links',
  '_meta',
  'task',
  'emitted_at',
  'recipient',
  'links',
]
const knownValues = fc.oneof(
  fc.constantFrom('evt_1', 'cnv_1', 'crd_1', 'inbound', 'assignee_changed', 'conversations_merged'),
  fc.jsonValue(),
)
const eventLike = fc.letrec((tie) => ({
  node: fc.dictionary(
    fc.constantFrom(...knownKeys),
    fc.oneof({ maxDepth: 5, depthSize: 'small' }, knownValues, fc.array(tie('node'), { maxLength: 3 }), tie('node')),
    { maxKeys: 6 },
  ),
})).node

test('no JSON makes the classifier throw or give what could not be a type, key or time', () => {
  fc.assert(
    fc.property(providers, fc.oneof(fc.jsonValue(), eventLike), (provider, json) => {
      const found = describePayload(provider, json)
      expect(found.type).toMatch(safeType)
      expect(found.providerType.isWellFormed() && found.providerType.length <= 256).toBe(true)
      for (const id of [found.conversationId, found.contactId, found.clientId, found.providerEventId]) {
        if (id !== null) expect(id.trim().isWellFormed() && id.length > 0 && id.length <= 256).toBe(true)
      }
      if (found.occurredAt !== null) expect(Number.isSafeInteger(found.occurredAt)).toBe(true)
      mergedConversationIds(json)
    }),
    { numRuns: 1000 },
  )
})

describe('a provider that is data says where its word for the type stands', () => {
  test.each([
    ['a header', 'github', 'header:x-github-event', {}, 'github.pull_request'],
    [
      'a path in the body',
      'slack',
      'event.type',
      { type: 'event_callback', event: { type: 'message' } },
      'slack.message',
    ],
    ['nowhere in this event', 'slack', 'event.type', { type: 'app_rate_limited' }, 'slack.app_rate_limited'],
    ['a place that holds no text', 'slack', 'event.type', { type: 'x', event: { type: 7 } }, 'slack.x'],
  ])('%s', (_name, provider, eventTypeField, json, type) => {
    const headers = { 'x-github-event': 'pull_request' }
    expect(describePayload(provider, json, { eventTypeField, headers })).toMatchObject({ type, priority: 'low' })
  })

  test('but not for Front, whose bodies say it themselves', () => {
    const json = { type: 'inbound', id: 'evt_1', conversation: { id: 'cnv_1' }, other: 'tag' }
    expect(describePayload('front', json, { eventTypeField: 'other' }).type).toBe('message.received')
  })
})
