import { expect, test } from 'vitest'
import type { AlertRule } from '../src/alert-rules.ts'
import { checkLimit, stepsOf } from '../src/limits.ts'

const rule: AlertRule = {
  alert: 'MillraceOld',
  expr: 'max(age) > 60 and on () x >= bool 0.01',
  labels: {},
  annotations: {},
  file: '',
}
const rules = new Map([['MillraceOld', [rule]]])

test('a limit that its alert compares with passes', () => {
  checkLimit('Old?', { at: 60, alert: 'MillraceOld' }, rules)
  checkLimit('Old?', { at: 0.01, alert: 'MillraceOld' }, rules)
})

test('a limit that its alert does not have is refused, by panel and alert', () => {
  expect(() => checkLimit('Old?', { at: 90, alert: 'MillraceOld' }, rules)).toThrow(
    '"Old?": its limit 90 is none that MillraceOld compares with (60, 0.01)',
  )
})

test('above a limit is bad unless it says below', () => {
  expect(stepsOf([{ at: 5 }, { at: 30, level: 'bad' }])).toEqual([
    { value: null, color: 'green' },
    { value: 5, color: 'orange' },
    { value: 30, color: 'red' },
  ])
  expect(
    stepsOf([
      { at: 0.999, isBadBelow: true },
      { at: 0.99, isBadBelow: true, level: 'bad' },
    ]),
  ).toEqual([
    { value: null, color: 'red' },
    { value: 0.99, color: 'orange' },
    { value: 0.999, color: 'green' },
  ])
})
