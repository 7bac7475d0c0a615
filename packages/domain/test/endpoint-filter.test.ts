import { expect, test } from 'vitest'
import { isEventTypePattern, matchesEndpoint } from '../src/index.ts'

const endpoint = { tenant: 'acme', event_types: ['*'], conversation_id: null, is_enabled: true }
const event = { tenant: 'acme', type: 'conversation.tagged', conversation_id: 'cnv_1' }

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
  [[], 'message.failed', true],
  [[], 'conversation.tagged', false],
]
test.each(filters)('%j on %s is %s', (event_types, type, isWanted) => {
  expect(matchesEndpoint({ ...endpoint, event_types }, { ...event, type })).toBe(isWanted)
})

test('an endpoint gets nothing of another tenant, whatever it asks for', () => {
  expect(matchesEndpoint(endpoint, { ...event, tenant: 'other' })).toBe(false)
})

test('a disabled endpoint gets nothing', () => {
  expect(matchesEndpoint({ ...endpoint, is_enabled: false }, event)).toBe(false)
})

test('an endpoint of one conversation gets that conversation only', () => {
  const one = { ...endpoint, conversation_id: 'cnv_1' }
  expect(matchesEndpoint(one, event)).toBe(true)
  expect(matchesEndpoint(one, { ...event, conversation_id: 'cnv_2' })).toBe(false)
  expect(matchesEndpoint(one, { ...event, conversation_id: null })).toBe(false)
})

test('a pattern is a type, a star, or a prefix and a star', () => {
  for (const text of ['*', 'message.*', 'message.received', 'front.a_b-c.*'])
    expect(isEventTypePattern(text), text).toBe(true)
  for (const text of ['', '.*', '*.created', 'message*', 'a..b', 'a.*.b', 'a b', 'x'.repeat(201)]) {
    expect(isEventTypePattern(text), text).toBe(false)
  }
})
