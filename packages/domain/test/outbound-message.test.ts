import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConversationSnapshot } from '@millrace/schemas'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  contractId,
  MESSAGE_NAMESPACE,
  outboundMessage,
  outboundPayload,
  processedPayload,
  readEvent,
  type ToldMessage,
  toldMessage,
  uuidv5,
} from '../src/index.ts'
import { eventFrom, eventOf, webhookEvent } from './events.ts'
import { fixtureJson, vectors } from './fixtures.ts'

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
const published = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../../docs/schemas', name), 'utf8'))
/** Closed, but for what is open by its meaning: a field that no schema names is a slip of ours. */
const load = (name: string) => ajv.compile(closed(published(name)) as object)

function closed(schema: unknown, name = ''): unknown {
  if (Array.isArray(schema)) return schema.map((item) => closed(item))
  if (typeof schema !== 'object' || schema === null) return schema
  const parts = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value, key)]))
  const isObject = parts.type === 'object' && typeof parts.properties === 'object'
  return isObject && name !== 'metadata' ? { ...parts, additionalProperties: false } : parts
}
const isMessage = load('message.v1.json')
const isMessageWithProviderIds = load('message.provider-ids.v1.json')
const isEvent = load('event.v1.json')

const message = (changes: object, event: object = {}) => ({
  id: 'evt_1',
  type: 'inbound',
  emitted_at: 1700000000.5,
  conversation: { id: 'cnv_1', subject: 's' },
  source: { _meta: { type: 'inboxes' }, data: [{ id: 'inb_1' }] },
  target: {
    _meta: { type: 'message' },
    data: { id: 'msg_1', type: 'email', is_inbound: true, created_at: 1699999999, text: 'Hi', ...changes },
  },
  ...event,
})
const dataOf = (json: unknown) => {
  const out = outboundMessage(eventFrom(json))
  if (!('conversation_id' in out)) throw new Error('not a message')
  return out.data
}

test('the payload of a received message is exactly this', () => {
  const out = outboundMessage(webhookEvent('front/app-webhook.inbound_received.json'))
  expect(out).toEqual(vectors('message-received'))
  expect(Object.keys(out)).toEqual(['conversation_id', 'data', 'timestamp'])
})

test('ids are UUIDs of version 5 that anyone can compute from tenant and provider id', () => {
  expect(uuidv5('6ba7b811-9dad-11d1-80b4-00c04fd430c8', 'urn:millrace:message-contract')).toBe(MESSAGE_NAMESPACE)
  const out = outboundMessage(webhookEvent('front/rule-webhook.inbound.json'))
  expect(out).toMatchObject({
    conversation_id: uuidv5(MESSAGE_NAMESPACE, 'acme/cnv_keocka'),
    data: { id: contractId('acme', 'msg_1176r8y') },
  })
})

describe('the published schema', () => {
  const files = vectors<{ file: string; provider: string }[]>('fixtures')
  test.each(files)('holds for $file', ({ file, provider }) => {
    const event = webhookEvent(file, provider)
    const out = outboundMessage(event)
    const validate = event.type.startsWith('message.') ? isMessage : isEvent
    expect(validate(out), ajv.errorsText(validate.errors)).toBe(true)
  })

  test('refuses a payload that breaks the contract', () => {
    const good = outboundMessage(webhookEvent('front/rule-webhook.inbound.json'))
    if (!('conversation_id' in good)) throw new Error('not a message')
    const broken = [
      { type: 'HUMAN' },
      { channel: 'EMAIL' },
      { status: 'DONE' },
      { content_type: 'text' },
      { created_at: '2024' },
      { id: 'msg_1' },
      { more: 1 },
    ]
    for (const change of broken)
      expect(isMessage({ ...good, data: { ...good.data, ...change } }), JSON.stringify(change)).toBe(false)
    const { timestamp: _, ...rest } = good
    expect(isMessage(rest)).toBe(false)
  })

  test('is open for receivers: fields that are added within a version do not break them', () => {
    for (const [name, payload] of [
      ['message.v1.json', outboundMessage(webhookEvent('front/rule-webhook.inbound.json'))],
      ['event.v1.json', outboundMessage(eventFrom({ type: 'archive', id: 'evt_1' }))],
    ] as const) {
      const validate = new Ajv2020({ allowUnionTypes: true }).compile(published(name))
      const later = { ...payload, more: 1, data: { ...payload.data, more: { added: true } } }
      expect(validate(later), ajv.errorsText(validate.errors)).toBe(true)
    }
  })

  test('holds for whatever JSON or bytes an event carries', () => {
    const kind = fc.constantFrom('inbound', 'out_reply', 'sending_error', 'message.sent', 'inbound_received', 'archive')
    const json = fc
      .tuple(kind, fc.jsonValue(), fc.jsonValue(), fc.jsonValue())
      .map(([type, target, source, payload]) =>
        Buffer.from(
          JSON.stringify({ type, target: { data: target }, source, conversation: { last_message: payload } }),
        ),
      )
    fc.assert(
      fc.property(fc.oneof(json, fc.uint8Array().map(Buffer.from)), kind, (payload, word) => {
        const event = { ...eventOf(payload), type: eventFrom({ type: word }).type }
        const validate = event.type.startsWith('message.') ? isMessage : isEvent
        expect(validate(outboundMessage(event)), ajv.errorsText(validate.errors)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('the mapping table', () => {
  const rule = { source: { _meta: { type: 'rule' }, data: { id: 'rul_1' } } }
  const teammate = { id: 'tea_1', email: 'leela@example.com' }
  const rows: [string, object, object, object][] = [
    ['an inbound message is user input', {}, {}, { type: 'USER_INPUT', status: 'RECEIVED' }],
    [
      'a teammate’s is system',
      { is_inbound: false, author: teammate },
      { type: 'out_reply' },
      { type: 'SYSTEM', status: 'RECEIVED', created_by: 'leela@example.com' },
    ],
    ['a rule’s is a bot’s', { is_inbound: false, author: teammate }, { type: 'outbound', ...rule }, { type: 'BOT' }],
    [
      'one without author, by the API, is a bot’s',
      { is_inbound: false, author: null },
      { type: 'outbound' },
      { type: 'BOT' },
    ],
    [
      'one that could not be sent is failed',
      { is_inbound: false, author: teammate },
      { type: 'sending_error' },
      { status: 'FAILED', type: 'SYSTEM' },
    ],
    ['a text message is SMS', { type: 'sms' }, {}, { channel: 'SMS' }],
    ['a WhatsApp message is WHATSAPP', { type: 'whatsapp' }, {}, { channel: 'WHATSAPP' }],
    ['a WhatsApp message by Yalo is WHATSAPP', { type: 'yalo_wha' }, {}, { channel: 'WHATSAPP' }],
    [
      'every other kind is API and named',
      { type: 'intercom' },
      {},
      { channel: 'API', metadata: expect.objectContaining({ front_type: 'intercom' }) },
    ],
    [
      'HTML becomes text where there is no text',
      { text: undefined, body: '<p>a &amp;&nbsp;b<br>c</p><style>x{}</style>' },
      {},
      { content: 'a & b\nc' },
    ],
  ]
  test.each(rows)('%s', (_promise, changes, event, expected) => {
    expect(dataOf(message(changes, event))).toMatchObject(expected)
  })

  const png = { filename: 'a.png', content_type: 'image/png' }
  const attachments: [string, object[], object][] = [
    ['an image', [png], { content_type: 'IMAGE', filename: 'a.png' }],
    ['a video', [{ filename: 'v.mp4', content_type: 'video/mp4' }], { content_type: 'VIDEO', filename: 'v.mp4' }],
    [
      'a sound',
      [{ filename: 's.ogg', content_type: 'AUDIO/ogg; codecs=opus' }],
      { content_type: 'AUDIO', filename: 's.ogg' },
    ],
    [
      'anything else',
      [{ filename: 'd.pdf', content_type: 'application/pdf' }, png],
      { content_type: 'DOCUMENT', filename: 'd.pdf' },
    ],
    ['a file without type', [{ filename: 'd' }], { content_type: 'DOCUMENT', filename: 'd' }],
    ['a logo in the text', [{ ...png, metadata: { is_inline: true } }], { content_type: 'TEXT' }],
  ]
  test.each(attachments)('%s chooses content type and file name', (_name, list, expected) => {
    const { content_type, filename } = dataOf(message({ attachments: list }))
    expect({ content_type, ...(filename === undefined ? {} : { filename }) }).toEqual(expected)
  })

  const authors: [string, object, string][] = [
    ['the author', { author: { id: 'tea_1', username: 'leela' } }, 'leela'],
    ['an author with an id only', { author: { id: 'tea_1' } }, 'tea_1'],
    [
      'the address for answers',
      {
        author: null,
        recipients: [
          { role: 'from', handle: 'a@x' },
          { role: 'reply-to', handle: 'b@x' },
        ],
      },
      'b@x',
    ],
    [
      'the sender',
      {
        author: null,
        recipients: [
          { role: 'to', handle: 'us@x' },
          { role: 'from', handle: 'a@x' },
        ],
      },
      'a@x',
    ],
    ['nobody known', { author: null, recipients: [] }, 'unknown'],
  ]
  test.each(authors)('created_by is %s', (_name, changes, handle) => {
    expect(dataOf(message(changes))).toMatchObject({ created_by: handle, updated_by: handle })
  })
})

test('with the provider’s ids in their place, the payload fits the schema that says so', () => {
  const form = { ids: 'provider', payload: 'message', workflow_id: 'wf_7', usecase: 'support' } as const
  const out = outboundMessage(webhookEvent('front/rule-webhook.inbound.json'), form)
  expect(out).toMatchObject({
    conversation_id: 'cnv_keocka',
    data: { id: 'msg_1176r8y', metadata: { workflow_id: 'wf_7', usecase: 'support' } },
  })
  expect(isMessageWithProviderIds(out)).toBe(true)
  expect(isMessage(out)).toBe(false)
})

describe('a processed message', () => {
  const received = webhookEvent('front/rule-webhook.out_reply.json')
  const before = outboundMessage(received)
  if (!('conversation_id' in before)) throw new Error('not a message')
  const id = String(before.data.metadata.front_message_id)
  const message = {
    id,
    type: 'email',
    is_inbound: false,
    created_at: 1_518_000_000_500,
    subject: 'S',
    blurb: null,
    text: 'Whole text',
    is_truncated: false,
    author: { id: 'tea_1', name: 'Leela', handle: 'leela@example.com' },
    recipients: [{ name: null, handle: 'customer@example.com', role: 'to' }],
    attachments: [{ id: 'fil_1', filename: 'a.png', content_type: 'image/png', size: 3 }],
  }
  const snapshot: ConversationSnapshot = {
    tenant: 'acme',
    account: 'acme',
    conversation_id: String(received.conversation_id),
    state: 'live',
    merged_into: null,
    completeness: 'full',
    as_of: 1_518_000_009_000,
    caused_by: [],
    pending: [],
    is_first: true,
    fold_json: '{}',
    subject: 'S',
    status: 'assigned',
    assignee: null,
    recipient: null,
    tags: [{ id: 'tag_1', name: 'VIP' }],
    custom_fields_json: '{"usecase":"Support"}',
    created_at: null,
    messages: [message],
    comments: [],
    has_more: false,
  }
  const processed = (of: ConversationSnapshot, told: ToldMessage | null = null) => {
    const entry = { event_id: received.event_id, message_id: id, source_type: 'teammate', told }
    return readEvent({
      ...received,
      type: 'message.processed',
      occurred_at: of.as_of,
      payload: processedPayload(of, entry),
    })
  }

  test('is the same message with the time of its snapshot', () => {
    const read = processed(snapshot)
    const out = outboundPayload(read, { ids: 'uuid', payload: 'message', workflow_id: null, usecase: null })
    expect(isMessage(out), ajv.errorsText(isMessage.errors)).toBe(true)
    expect(out).toMatchObject({
      conversation_id: before.conversation_id,
      data: {
        id: before.data.id,
        status: 'PROCESSED',
        type: 'SYSTEM',
        content: 'Whole text',
        content_type: 'IMAGE',
        filename: 'a.png',
        created_by: 'leela@example.com',
        created_at: '2018-02-07T10:40:00.500Z',
        updated_at: '2018-02-07T10:40:09.000Z',
      },
    })
    expect(read.facts).toMatchObject({ isWhole: true, channel: 'API', tags: ['tag_1', 'vip'], usecase: 'support' })
  })

  test('says what its event told where the snapshot holds the message no more, or cut, or less of it', () => {
    const told = toldMessage(readEvent(received))
    const { author: _, ...lacking } = message
    for (const messages of [[], [{ ...message, is_truncated: true }], [{ ...lacking, author: null }]]) {
      const read = processed({ ...snapshot, messages, completeness: 'partial' }, told)
      const out = outboundPayload(read, { ids: 'uuid', payload: 'message', workflow_id: null, usecase: null })
      expect(isMessage(out), ajv.errorsText(isMessage.errors)).toBe(true)
      if (!('conversation_id' in out)) throw new Error('not a message')
      const { status, updated_at, metadata, ...same } = before.data
      expect(out.data).toMatchObject({ ...same, status: 'PROCESSED', metadata: { ...metadata, preview: false } })
      expect(read.facts.isWhole).toBe(true)
    }
  })

  test('has to be read where the snapshot holds it no more, or cut', () => {
    for (const messages of [[], [{ ...message, is_truncated: true }]]) {
      const read = processed({ ...snapshot, messages })
      expect(read.facts.isWhole).toBe(false)
      expect(read.message.id).toBe(id)
    }
  })
})

test('a preview gives a message without content that says so', () => {
  const preview = message(
    {},
    { conversation: { id: 'cnv_1' }, target: { _meta: { type: 'message' }, _links: {}, id: 'msg_1' } },
  )
  expect(dataOf(preview)).toMatchObject({
    id: contractId('acme', 'msg_1'),
    content: '',
    type: 'USER_INPUT',
    created_at: '2023-11-14T22:13:20.500Z',
    metadata: { preview: true, front_message_id: 'msg_1' },
  })
})

test('the last message of the conversation stands in for the same message only', () => {
  const last_message = { id: 'msg_1', text: 'from the conversation' }
  const target = { _meta: { type: 'message' }, id: 'msg_1' }
  expect(dataOf(message({}, { conversation: { id: 'cnv_1', last_message }, target })).content).toBe(
    'from the conversation',
  )
  expect(
    dataOf(message({}, { conversation: { id: 'cnv_1', last_message: { ...last_message, id: 'msg_2' } }, target }))
      .content,
  ).toBe('')
})

test('the simple form’s message is the payload itself', () => {
  expect(dataOf(fixtureJson('front/simple.message-received.json'))).toMatchObject({
    id: contractId('acme', 'msg_123'),
    content: 'Hello, I need help with my order.',
    type: 'USER_INPUT',
    created_by: 'customer@example.com',
    created_at: '2021-03-11T15:38:44.704Z',
    metadata: { preview: false, front_conversation_id: 'cnv_123' },
  })
})

test('every other event is sent as type, time and the provider’s JSON without envelope', () => {
  const app = {
    type: 'conversation_archived',
    authorization: { id: 'cmp_1' },
    payload: fixtureJson('front/rule-webhook.archive.no-target.json'),
  }
  expect(outboundMessage(eventFrom(app))).toEqual({
    type: 'conversation.archived',
    timestamp: '2018-02-11T00:12:46.678Z',
    data: {
      event_id: 'evt_28du7y2',
      conversation_id: 'cnv_keo696',
      contact_id: 'crd_62euuy',
      client_id: null,
      payload: app.payload,
    },
  })
})

test('the same event always gives the same bytes', () => {
  const event = webhookEvent('front/rule-webhook.out_reply.json')
  expect(JSON.stringify(outboundMessage(event))).toBe(JSON.stringify(outboundMessage({ ...event })))
})
