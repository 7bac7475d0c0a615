import { expect, test } from 'vitest'
import { canonicalType, eventTypes, safeWord } from '../src/index.ts'

test('every word of Front belongs to one canonical type', () => {
  const owner = new Map<string, string>()
  for (const entry of eventTypes) {
    for (const word of new Set([...entry.app, ...entry.api, ...entry.dotted, entry.type])) {
      expect(owner.get(word) ?? entry.type, word).toBe(entry.type)
      owner.set(word, entry.type)
      expect(canonicalType('front', word), word).toEqual({ type: entry.type, priority: entry.priority })
    }
  }
})

test('the words of both of Front’s vocabularies are known', () => {
  const app =
    'inbound_received outbound_sent message_delivery_failed conversation_moved conversation_archived conversation_reopened conversation_deleted conversation_restored conversation_snoozed conversation_snooze_expired new_comment_added assignee_changed tag_added tag_removed link_added link_removed'
  const api =
    'assign unassign archive reopen trash restore reminder comment mention inbound outbound out_reply move tag untag sending_error message_bounce_error conversations_merged link_added link_removed custom_field_updated ticket_status_update'
  for (const word of `${app} ${api}`.split(' ')) expect(canonicalType('front', word).type, word).not.toMatch(/^front\./)
})

test('priorities follow the table', () => {
  const of = (priority: string) => eventTypes.filter((entry) => entry.priority === priority).map((entry) => entry.type)
  expect(of('medium')).toEqual([
    'conversation.snoozed',
    'conversation.snooze_expired',
    'conversation.assigned',
    'conversation.unassigned',
  ])
  expect(of('low')).toEqual([
    'conversation.tagged',
    'conversation.untagged',
    'conversation.link_added',
    'conversation.link_removed',
    'contact.created',
    'contact.updated',
  ])
})

test('an unknown word flows under its provider at low priority', () => {
  expect(canonicalType('front', 'call_started')).toEqual({ type: 'front.call_started', priority: 'low' })
  expect(canonicalType('front', 'forward')).toEqual({ type: 'front.forward', priority: 'low' })
  expect(canonicalType('stripe', 'invoice.paid')).toEqual({ type: 'stripe.invoice.paid', priority: 'low' })
})

test('a Make task is task.received', () => {
  expect(canonicalType('make', 'get_client_data')).toEqual({ type: 'task.received', priority: 'high' })
  expect(canonicalType('make', 'x', { task: {} })).toEqual({ type: 'task.received', priority: 'high' })
})

test('a word keeps only characters that a type may have', () => {
  expect(safeWord('Täg / added\n')).toBe('T_g_added')
  expect(safeWord('a..b.')).toBe('a.b')
  expect(safeWord('___')).toBe('unknown')
  expect(safeWord('*')).toBe('unknown')
  expect(safeWord('x'.repeat(500))).toHaveLength(100)
})
