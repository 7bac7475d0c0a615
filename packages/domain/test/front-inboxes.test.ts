import { expect, test } from 'vitest'
import { frontInboxIds, isPrivateFrontEvent } from '../src/index.ts'

const inbound = (changes: object = {}) => ({
  id: 'evt_1',
  type: 'inbound',
  conversation: { id: 'cnv_1', subject: 'Hello' },
  source: { _meta: { type: 'inboxes' }, data: [{ id: 'inb_1' }, { id: 'inb_2' }] },
  ...changes,
})

test('an inbound event names the inboxes that it came through, in the envelope too', () => {
  expect(frontInboxIds(inbound())).toEqual(['inb_1', 'inb_2'])
  expect(frontInboxIds({ type: 'inbound_received', payload: inbound() })).toEqual(['inb_1', 'inb_2'])
})

test('a preview has its ids beside _meta', () => {
  expect(frontInboxIds(inbound({ source: { _meta: { type: 'inboxes' }, id: 'inb_3' } }))).toEqual(['inb_3'])
})

test('a move names the inbox that the conversation went to', () => {
  const move = inbound({
    type: 'move',
    source: undefined,
    target: { _meta: { type: 'inboxes' }, data: [{ id: 'inb_4' }] },
  })
  expect(frontInboxIds(move)).toEqual(['inb_4'])
})

test('what is no inbox is none', () => {
  expect(frontInboxIds(inbound({ source: { _meta: { type: 'teammate' }, data: { id: 'tea_1' } } }))).toEqual([])
  expect(frontInboxIds(null)).toEqual([])
})

test('private is what its conversation, or every inbox that it names, says to be', () => {
  expect(isPrivateFrontEvent(inbound())).toBe(false)
  expect(isPrivateFrontEvent(inbound({ conversation: { id: 'cnv_1', is_private: true } }))).toBe(true)
  const own = { id: 'inb_1', is_private: true }
  expect(isPrivateFrontEvent(inbound({ source: { _meta: { type: 'inboxes' }, data: [own] } }))).toBe(true)
  expect(isPrivateFrontEvent(inbound({ source: { _meta: { type: 'inboxes' }, data: [own, { id: 'inb_2' }] } }))).toBe(
    false,
  )
})
