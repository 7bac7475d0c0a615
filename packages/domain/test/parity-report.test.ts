import type { ParityDifference, ParityFinding } from '@millrace/schemas'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { delayBound, delayPercentile, parityReport } from '../src/index.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const SINCE = 1_800_000_000_000
const NOW = SINCE + HOUR

function finding(minute: number, changes: Partial<ParityFinding> = {}): ParityFinding {
  return {
    tenant: 'default',
    account: 'default',
    source: 'front',
    kind: 'window',
    since: SINCE + minute * MINUTE,
    until: SINCE + (minute + 1) * MINUTE,
    found_at: SINCE + (minute + 3) * MINUTE,
    types: [],
    delays: [],
    differences: [],
    unlisted: 0,
    ...changes,
  }
}

const count = (type: string, both: number, webhook_only = 0, poll_only = 0) => ({ type, both, webhook_only, poll_only })

function difference(event_id: string, changes: Partial<ParityDifference> = {}): ParityDifference {
  const base = { type: 'message.received', occurred_at: SINCE, conversation_id: 'cnv_1' } as const
  return { event_id, seen_by: 'poll', reason: 'unknown', ...base, ...changes }
}

const hourOf = (...more: ParityFinding[]) => [
  ...Array.from({ length: 60 }, (_, minute) => finding(minute, { types: [count('message.received', 10)] })),
  ...more,
]

test('findings add up by type, and cutting over is safe when webhooks missed nothing', () => {
  const report = parityReport(hourOf(), SINCE, NOW)
  expect(report.totals).toEqual({ both: 600, webhookOnly: 0, pollOnly: 0 })
  expect(report.byType.get('message.received')?.both).toBe(600)
  expect(report.verdict).toMatchObject({ isSafe: true, sentence: expect.stringContaining('all the 600 events') })
})

test('what was told before the time asked for does not count', () => {
  const early = finding(-5, { types: [count('message.received', 0, 0, 50)] })
  expect(parityReport(hourOf(early), SINCE, NOW).totals.pollOnly).toBe(0)
})

test('a window that was told twice counts once', () => {
  const twice = finding(3, { types: [count('message.received', 10)] })
  expect(parityReport(hourOf(twice), SINCE, NOW).totals.both).toBe(600)
})

test('types that webhooks do not send are differences, and none against cutting over', () => {
  const merged = difference('evt_1', { type: 'conversation.merged', reason: 'type-not-sent' })
  const report = parityReport(
    hourOf(finding(60, { types: [count('conversation.merged', 0, 0, 1)], differences: [merged] })),
    SINCE,
    NOW,
  )
  expect(report.differences.map(({ event_id }) => event_id)).toEqual(['evt_1'])
  expect([report.missed, report.verdict.isSafe]).toEqual([0, true])
})

test('events that webhooks missed are against it, with the reason of most of them', () => {
  const missed = ['evt_1', 'evt_2', 'evt_3'].map((id) => difference(id, { reason: 'no-webhooks-then' }))
  const report = parityReport(
    hourOf(finding(60, { types: [count('message.received', 0, 0, 3)], differences: missed })),
    SINCE,
    NOW,
  )
  expect(report.verdict).toEqual({
    isSafe: false,
    sentence:
      'Cutting over is not safe: webhooks missed 3 of 603 events that polling saw (0.5 %), most of them because no webhook came at all for a while.',
  })
})

test('differences that are not listed count against it as well', () => {
  const report = parityReport(
    hourOf(finding(60, { types: [count('message.received', 0, 0, 9)], unlisted: 9 })),
    SINCE,
    NOW,
  )
  expect([report.missed, report.unlisted, report.verdict.isSafe]).toEqual([9, 9, false])
})

test('a copy that came after its window was told takes the difference back, however often that is told', () => {
  const correction = finding(60, {
    kind: 'correction',
    types: [count('message.received', 1, 0, -1)],
    differences: [difference('evt_1', { seen_by: 'both' })],
  })
  const missed = finding(59, {
    types: [count('message.received', 10, 0, 1)],
    differences: [difference('evt_1')],
  })
  const report = parityReport(hourOf(missed, correction, correction), SINCE, NOW)
  expect(report.differences).toEqual([])
  expect(report.totals).toEqual({ both: 601, webhookOnly: 0, pollOnly: 0 })
})

test('a time that was compared in part proves nothing yet', () => {
  const { verdict } = parityReport(hourOf(), SINCE, SINCE + 24 * HOUR)
  expect(verdict).toMatchObject({ isSafe: false, sentence: expect.stringContaining('1 h of the 24 h') })
})

test('a minute that was compared is told as a minute', () => {
  const { verdict } = parityReport(
    [finding(0, { types: [count('message.received', 10, 0, 0)] })],
    SINCE,
    SINCE + 24 * HOUR,
  )
  expect(verdict.sentence).toContain(' 1 min of the 24 h ')
})

test('nothing compared, or no event, is no proof', () => {
  expect(parityReport([], SINCE, NOW).verdict.isSafe).toBe(false)
  expect(parityReport([finding(0)], SINCE, SINCE + MINUTE).verdict.isSafe).toBe(false)
})

test('how late the copies came is told by way of arrival', () => {
  const delays = [
    { origin: 'webhook' as const, up_to_ms: delayBound(400), events: 99 },
    { origin: 'webhook' as const, up_to_ms: delayBound(60_000), events: 1 },
    { origin: 'poll' as const, up_to_ms: delayBound(30_000), events: 100 },
  ]
  const { lateness } = parityReport([finding(0, { delays })], SINCE, NOW)
  expect(lateness.webhook).toMatchObject({ p50: delayBound(400), p99: delayBound(400), max: delayBound(60_000) })
  expect(lateness.poll.p50).toBe(delayBound(30_000))
})

test('a bucket ends at most a quarter above what it counts, and holds everything', () => {
  fc.assert(
    fc.property(fc.integer({ min: -5_000, max: 7 * 24 * HOUR }), (delay) => {
      const bound = delayBound(delay)
      if (delay <= 50) expect(bound).toBe(50)
      else if (bound > delay) expect(bound / delay).toBeLessThan(1.27)
    }),
  )
})

test('a percentile is the bound below which so many came', () => {
  expect(delayPercentile(new Map(), 50)).toBeNull()
  const histogram = new Map([
    [100, 1],
    [50, 8],
    [200, 1],
  ])
  expect([50, 80, 90, 100].map((percent) => delayPercentile(histogram, percent))).toEqual([50, 50, 100, 200])
})
