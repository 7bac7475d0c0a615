import { expect, test } from 'vitest'
import { createRecordTimes } from '../src/trigger-backlog.ts'
import { followMissing, isRollbackDue, isStillMissing, type MissingRun, runText } from '../src/trigger-missing.ts'
import { isVerificationAlarming } from '../src/trigger-verification.ts'

const MINUTE = 60_000
const limits = { forMs: 5 * MINUTE, percent: 10 }

/** A window a minute: how many events webhooks should have brought, and how many of them they missed. */
function runOver(...windows: readonly (readonly [expected: number, missed: number])[]): MissingRun | null {
  return windows.reduce<MissingRun | null>((run, [expected, missed], minute) => {
    const reasons = missed > 0 ? { unknown: missed } : {}
    return followMissing(
      run,
      { since: minute * MINUTE, until: (minute + 1) * MINUTE, expected, missed, reasons },
      limits,
    )
  }, null)
}

test('webhooks that miss events minute after minute roll back once the set time has passed', () => {
  const four = runOver([20, 0], [20, 20], [20, 20], [20, 20], [20, 20])
  expect(isRollbackDue(four, limits)).toBe(false)
  expect(isRollbackDue(runOver([20, 0], [20, 20], [20, 20], [20, 20], [20, 20], [20, 20]), limits)).toBe(true)
})

test('webhooks that come again end it, however many were missed before', () => {
  expect(runOver([20, 20], [20, 20], [20, 20], [20, 20], [20, 0], [20, 20])).toMatchObject({ since: 5 * MINUTE })
})

test('a few lost among many are what reconciliation is for', () => {
  expect(runOver([100, 5], [100, 5], [100, 5], [100, 5], [100, 5], [100, 5])).toBeNull()
})

test('minutes without events neither end it nor prove anything', () => {
  const rare = runOver([1, 1], [0, 0], [0, 0], [1, 1], [0, 0], [1, 1])
  expect(isRollbackDue(rare, limits)).toBe(true)
  expect(isRollbackDue(runOver([1, 1], [0, 0], [0, 0], [0, 0], [0, 0], [1, 1]), limits)).toBe(false)
})

test('an outage that is over when polling has read it rolls nothing back: webhooks come again', () => {
  const now = 1_800_000_000_000
  const facts = { type: 'message.received', conversation_id: null, is_private: false, is_named: true }
  const at = (ago: number, ways: { webhook?: number; poll?: number }) => ({ ...facts, occurred_at: now - ago, ...ways })
  const [came, polled, missed] = [{ webhook: now }, { webhook: now, poll: now }, { poll: now }]
  expect(isStillMissing([at(60_000, missed), at(30_000, missed), at(1_000, came)], limits, now)).toBe(true)
  expect(isStillMissing([at(30_000, polled), at(20_000, polled), at(1_000, missed)], limits, now)).toBe(false)
  expect(isStillMissing([at(30_000, came)], limits, now)).toBe(false)
  expect(isStillMissing([], limits, now)).toBe(true)
})

test('the reason names the cause where one is known', () => {
  const run = { since: 0, until: 5 * MINUTE, expected: 40, missed: 38 }
  expect(runText({ ...run, reasons: { unknown: 38 } })).toBe(
    'webhooks missed 38 of 40 events that polling saw over 5 min',
  )
  expect(runText({ ...run, reasons: { 'verification-failures': 30, unknown: 8 } })).toContain('were refused')
  expect(runText({ ...run, reasons: { 'no-webhooks-then': 38 } })).toContain('no webhook came at all')
})

test('more than 1 % of failed verifications is alarming, one or two wrong requests are not', () => {
  expect(isVerificationAlarming({ accepted: 900, refused: 10 })).toBe(true)
  expect(isVerificationAlarming({ accepted: 1_000, refused: 10 })).toBe(false)
  expect(isVerificationAlarming({ accepted: 0, refused: 4 })).toBe(false)
})

test('a backlog is as old as the first record that the group has not done', () => {
  const times = createRecordTimes()
  for (let second = 0; second < 60; second++) times.note(0, BigInt(second * 10), second * 1_000)
  const ends = new Map([[0, 591n]])
  const ageAt = (next: bigint) => times.oldestAge(new Map([[0, next]]), ends, 100_000)
  expect([ageAt(300n), ageAt(591n)]).toEqual([70_000, 0])
  expect(times.oldestAge(new Map(), ends, 100_000)).toBe(100_000)
})

test('of what this process has not read it knows no age: the partition may be another replica’s by now', () => {
  const times = createRecordTimes()
  times.note(0, 5n, 1_000)
  expect(times.oldestAge(new Map([[0, 40n]]), new Map([[0, 50n]]), 9_000_000)).toBe(0)
})
