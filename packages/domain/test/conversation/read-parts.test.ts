import fc from 'fast-check'
import { expect, test } from 'vitest'
import { snapshotOf } from '../../src/index.ts'
import { foldAll, json, refreshOf, rules, time } from './values.ts'

function snapshotAfter(answers: { conversation?: unknown; messages?: unknown; comments?: unknown }, messages = 20) {
  const read = refreshOf({
    updated_at: time(1),
    conversation: json(answers.conversation ?? {}),
    messages: json(answers.messages ?? { _results: [] }),
    comments: json(answers.comments ?? { _results: [] }),
  })
  const state = foldAll([read], { ...rules, messages })
  if (state === undefined) throw new Error('a read tells something')
  return snapshotOf(state, true)
}
const messagesOf = (...messages: object[]) => snapshotAfter({ messages: { _results: messages } }).messages

test('a conversation is told in the words of the snapshot', () => {
  const content = snapshotAfter({
    conversation: {
      subject: 'Where is it?',
      status: 'assigned',
      assignee: { id: 'tea_1', first_name: 'Sam', last_name: 'Porter', email: 'sam@example.com' },
      recipient: { name: 'Ada', handle: 'ada@example.com' },
      tags: [{ id: 'tag_1', name: 'Urgent' }],
      custom_fields: { Plan: 'pro', Seats: 0 },
      created_at: 1_700_000_000.123,
    },
    comments: { _results: [{ id: 'com_1', body: 'Noted', posted_at: 1_700_000_001, author: null }] },
  })
  expect(content).toMatchObject({
    completeness: 'full',
    subject: 'Where is it?',
    status: 'assigned',
    assignee: { id: 'tea_1', name: 'Sam Porter', handle: 'sam@example.com' },
    recipient: { id: null, name: 'Ada', handle: 'ada@example.com' },
    tags: [{ id: 'tag_1', name: 'Urgent' }],
    custom_fields_json: '{"Plan":"pro","Seats":0}',
    created_at: 1_700_000_000_123,
    comments: [{ id: 'com_1', text: 'Noted', posted_at: 1_700_000_001_000, author: null }],
    has_more: false,
  })
})

test('a message without plain text gets it from its HTML', () => {
  const [message] = messagesOf({ id: 'msg_1', body: '<p>Hello <b>you</b></p>', is_inbound: true })
  expect(message).toMatchObject({ id: 'msg_1', text: 'Hello you', is_inbound: true, is_truncated: false })
})

test('recipients without a handle and attachments with odd sizes do not get in the way', () => {
  const [message] = messagesOf({
    id: 'msg_1',
    recipients: [{ name: 'Nobody' }, { handle: 'a@example.com', role: 'to' }],
    attachments: [{ id: 'fil_1', filename: 'a.pdf', size: -1 }, 'junk'],
  })
  expect(message?.recipients).toEqual([{ name: null, handle: 'a@example.com', role: 'to' }])
  expect(message?.attachments).toEqual([{ id: 'fil_1', filename: 'a.pdf', content_type: null, size: null }])
})

test('what is there beyond the page is told', () => {
  expect(snapshotAfter({ messages: { _results: [], _pagination: { next: 'https://x' } } }).has_more).toBe(true)
})

test('a text beyond the cap is cut and says so', () => {
  const [message] = messagesOf({ id: 'msg_1', text: 'x'.repeat(150_000) })
  expect([message?.text?.length, message?.is_truncated]).toEqual([100_000, true])
})

test('texts that are too long together are cut from the oldest', () => {
  const many = Array.from({ length: 8 }, (_, n) => ({
    id: `msg_${n}`,
    created_at: 1_700_000_000 - n,
    text: 'x'.repeat(90_000),
  }))
  const messages = messagesOf(...many)
  expect(messages.map(({ text }) => text?.length ?? 0)).toEqual([...Array(6).fill(90_000), 60_000, 0])
  expect(messages.map(({ is_truncated }) => is_truncated)).toEqual([...Array(6).fill(false), true, true])
})

test('a cut in the middle of a character leaves well-formed text', () => {
  const [message] = messagesOf({ id: 'msg_1', text: `${'x'.repeat(99_999)}😀` })
  expect(message?.text?.isWellFormed()).toBe(true)
})

test('no more messages are kept than asked for, the newest, and that there are more is told', () => {
  const many = Array.from({ length: 5 }, (_, n) => ({ id: `msg_${n}`, created_at: 1_700_000_000 + n, text: 'x' }))
  const snapshot = snapshotAfter({ messages: { _results: many } }, 2)
  expect(snapshot.messages.map(({ id }) => id)).toEqual(['msg_4', 'msg_3'])
  expect(snapshot.has_more).toBe(true)
})

test('whatever JSON Front answers is read without an error', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (conversation, messages, comments) => {
      snapshotAfter({ conversation, messages: { _results: messages }, comments })
    }),
  )
})
