import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Copy,
  counts,
  defaultMode,
  ingestModeOf,
  isInShare,
  type ModeRule,
  needsPolling,
  shareOf,
} from '../src/index.ts'

const rule = (changes: Partial<ModeRule> = {}): ModeRule => ({ ...defaultMode, ...changes })

function copy(changes: Partial<Copy> = {}): Copy {
  return {
    origin: 'webhook',
    provider: 'front',
    type: 'message.received',
    identity: 'provider',
    key: 'default/cnv_1',
    inboxes: [],
    isPrivate: false,
    occurredAt: 1_800_000_000_000,
    ...changes,
  }
}

const anyRule = fc.record({
  mode: fc.constantFrom('webhook' as const, 'polling' as const, 'parallel' as const),
  inboxes: fc.subarray(['inb_1', 'inb_2']),
  percent: fc.integer({ min: 0, max: 100 }),
})

const anyKey = fc.nat({ max: 99_999 }).map((id) => `default/cnv_${id}`)

test('a source without a record takes webhooks, for every conversation', () => {
  expect(ingestModeOf(undefined)).toEqual(rule())
  expect(counts(ingestModeOf(undefined), copy())).toBe(true)
})

test('what is polled counts in every mode: it is what fills gaps, and claims make it one event with the webhook', () => {
  fc.assert(
    fc.property(anyRule, anyKey, (mode, key) => {
      expect(counts(mode, copy({ origin: 'poll', key }))).toBe(true)
    }),
  )
})

test('in polling webhooks are held back', () => {
  expect(counts(rule({ mode: 'polling' }), copy())).toBe(false)
})

test.for(['conversation.snoozed', 'contact.updated', 'conversation.created', 'front.something_new'])(
  'in polling a webhook of %s counts: polling would not bring it',
  (type) => {
    expect(counts(rule({ mode: 'polling' }), copy({ type }))).toBe(true)
  },
)

test('in polling a webhook about a private conversation counts: the API may not show it', () => {
  expect(counts(rule({ mode: 'polling' }), copy({ isPrivate: true }))).toBe(true)
})

test('in polling a late webhook of what happened before the change counts: polling may have begun after it', () => {
  const since = rule({ mode: 'polling', changed_at: 1_800_000_000_001 })
  expect(counts(since, copy())).toBe(true)
  expect(counts(since, copy({ occurredAt: 1_800_000_000_001 }))).toBe(false)
  expect(counts(since, copy({ identity: 'content-hash' }))).toBe(false)
})

test('a provider that nobody polls is never held back', () => {
  expect(counts(rule({ mode: 'polling' }), copy({ provider: 'make', type: 'task.received' }))).toBe(true)
})

test('in parallel both ways count', () => {
  expect(counts(rule({ mode: 'parallel' }), copy())).toBe(true)
})

test('in parallel a webhook without an event id is held back: nobody could tell that the polled copy is the same', () => {
  expect(counts(rule({ mode: 'parallel' }), copy({ identity: 'content-hash' }))).toBe(false)
})

test('where inboxes are named, the mode holds for their conversations and no others', () => {
  const some = rule({ inboxes: ['inb_1', 'inb_2'] })
  expect(counts(some, copy({ inboxes: ['inb_9', 'inb_2'] }))).toBe(true)
  expect(counts(some, copy({ inboxes: ['inb_9'] }))).toBe(false)
  expect(counts(some, copy({ inboxes: [] }))).toBe(false)
})

test('a share that grows takes conversations in and never gives one back', () => {
  fc.assert(
    fc.property(anyKey, fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }), (key, one, other) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)]
      if (isInShare(rule({ percent: less }), key, [])) expect(isInShare(rule({ percent: more }), key, [])).toBe(true)
    }),
  )
})

test('0 % is nobody, 100 % everybody, 25 % about a quarter', () => {
  const keys = Array.from({ length: 4_000 }, (_, id) => `default/cnv_${id.toString(36)}`)
  const share = (percent: number) => keys.filter((key) => isInShare(rule({ percent }), key, [])).length / keys.length
  expect([share(0), share(100)]).toEqual([0, 1])
  expect(share(25)).toBeGreaterThan(0.22)
  expect(share(25)).toBeLessThan(0.28)
})

// A vector: other versions and languages must put the same conversations into a share.
test('a conversation stands where it always stood', () => {
  expect(shareOf('default/cnv_1')).toBeCloseTo(35.4123, 3)
})

test('one polls often where some conversation depends on it', () => {
  expect(needsPolling(rule())).toBe(false)
  expect(needsPolling(rule({ mode: 'parallel' }))).toBe(true)
  expect(needsPolling(rule({ mode: 'polling' }))).toBe(true)
  expect(needsPolling(rule({ percent: 25 }))).toBe(true)
  expect(needsPolling(rule({ inboxes: ['inb_1'] }))).toBe(true)
})
