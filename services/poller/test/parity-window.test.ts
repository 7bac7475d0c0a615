import { expect, test } from 'vitest'
import type { Mark } from '../src/parity-marks.ts'
import { type ComparedSpan, compareWindow, correctionOf } from '../src/parity-window.ts'

const AT = 1_800_000_000_000
const span = (changes: Partial<ComparedSpan> = {}): ComparedSpan => ({
  ...{ tenant: 'default', account: 'default', source: 'front', since: AT, until: AT + 60_000, foundAt: AT + 180_000 },
  ...{ isPolledWhole: true, refused: 0 },
  ...changes,
})

const mark = (changes: Partial<Mark> = {}): Mark => ({
  ...{ type: 'message.received', occurred_at: AT, conversation_id: 'cnv_1', is_private: false, is_named: true },
  ...changes,
})

const both = mark({ webhook: AT + 400, poll: AT + 9_000 })
const polled = mark({ poll: AT + 9_000 })
const sent = mark({ webhook: AT + 400 })
const compare = (marks: Readonly<Record<string, Mark>>, changes: Partial<ComparedSpan> = {}) =>
  compareWindow(span(changes), new Map(Object.entries(marks)))
const reasonOf = (window: ReturnType<typeof compareWindow>, id: string) =>
  window.finding.differences.find(({ event_id }) => event_id === id)?.reason

test('what both ways brought is counted by type, and how late each was', () => {
  const { finding, expected, missed } = compare({ evt_1: both, evt_2: { ...both, type: 'message.sent' } })
  expect(finding.types.map(({ type, both: count }) => [type, count])).toEqual([
    ['message.received', 1],
    ['message.sent', 1],
  ])
  expect(finding.delays.map(({ origin, events }) => [origin, events])).toEqual([
    ['webhook', 2],
    ['poll', 2],
  ])
  expect([finding.differences, expected, missed]).toEqual([[], 2, 0])
})

test('what polling alone brought was missed, and the reason is the first one that is known', () => {
  const marks = {
    evt_seen: both,
    evt_merged: { ...polled, type: 'conversation.merged' },
    evt_private: { ...polled, is_private: true },
    evt_lost: polled,
  }
  const window = compare(marks)
  expect(['evt_merged', 'evt_private', 'evt_lost'].map((id) => reasonOf(window, id))).toEqual([
    'type-not-sent',
    'private-inbox',
    'unknown',
  ])
  expect([window.expected, window.missed]).toEqual([2, 1])
  expect(reasonOf(compare(marks, { refused: 3 }), 'evt_lost')).toBe('verification-failures')
  expect(reasonOf(compare({ evt_lost: polled }), 'evt_lost')).toBe('no-webhooks-then')
})

test('what webhooks alone brought is told with its reason, and is not held against them', () => {
  const window = compare({
    evt_snoozed: { ...sent, type: 'conversation.snoozed' },
    hash: { ...sent, is_named: false },
    evt_unlisted: sent,
  })
  expect(['evt_snoozed', 'hash', 'evt_unlisted'].map((id) => reasonOf(window, id))).toEqual([
    'type-not-polled',
    'no-event-id',
    'unknown',
  ])
  expect([window.expected, window.missed, window.accepted]).toEqual([0, 0, 3])
})

test('where polling read a part only, what it did not read is no difference', () => {
  const { finding, expected, missed } = compare({ evt_1: sent, evt_2: both, evt_3: polled }, { isPolledWhole: false })
  expect(finding.types).toMatchObject([{ both: 1, webhook_only: 0, poll_only: 1 }])
  expect([expected, missed]).toEqual([2, 1])
})

test('differences beyond what a record lists are counted', () => {
  const marks = Object.fromEntries(Array.from({ length: 620 }, (_, id) => [`evt_${id}`, polled]))
  const { finding, missing, missed } = compare(marks)
  expect([finding.differences.length, finding.unlisted, missing.size, missed]).toEqual([500, 120, 620, 620])
})

test('a copy that comes after its window was told takes the difference back', () => {
  const told = { seen_by: 'poll' as const, type: 'message.received', occurred_at: AT, conversation_id: 'cnv_1' }
  const correction = correctionOf(span(), 'evt_1', told, AT + 300_000)
  expect(correction.types).toEqual([{ type: 'message.received', both: 1, webhook_only: 0, poll_only: -1 }])
  expect(correction.differences).toMatchObject([{ event_id: 'evt_1', seen_by: 'both' }])
  expect(correction.delays).toMatchObject([{ origin: 'webhook', events: 1 }])
})
