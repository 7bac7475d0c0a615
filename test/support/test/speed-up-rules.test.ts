import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { speedUpExpression, speedUpRules } from '../src/speed-up-rules.ts'

const minuteASecond = { factor: 60 }

test.each([
  ['rate(a_total[10m])', 'rate(a_total[10000ms])'],
  ['rate(a_total[1h30m])', 'rate(a_total[90000ms])'],
  ['rate(a_total[5m] offset 1w)', 'rate(a_total[5000ms] offset 10080000ms)'],
  ['a offset -1h', 'a offset -60000ms'],
  ['max_over_time(a[1h:5m])', 'max_over_time(a[60000ms:5000ms])'],
  ['max_over_time(a[1h:])', 'max_over_time(a[60000ms:])'],
])('%s becomes %s', (expr, faster) => {
  expect(speedUpExpression(expr, minuteASecond)).toBe(faster)
})

test('a range keeps room for some samples, a step for one', () => {
  expect(speedUpExpression('rate(a[1m]) + max_over_time(b[1m:30s])', minuteASecond)).toBe(
    'rate(a[4000ms]) + max_over_time(b[4000ms:1000ms])',
  )
})

test.each([
  'slo:errors:ratio_rate5m > 14.4 * 0.001',
  'a{path=~"[0-9]{5m}|[5m]", b=\'offset 5m\'} > 300',
  'a > 5 # over [5m] offset 1w',
])('names, texts, comments and thresholds stay: %s', (expr) => {
  expect(speedUpExpression(expr, minuteASecond)).toBe(expr)
})

test('what an age is held against is divided, and nothing else', () => {
  const expr = 'max by (group) (my_age{topic!~"a[.]b"}) > 300 or max(my_age ) >= 1800 or my_ages > 300 or sum(b) > 20'
  expect(speedUpExpression(expr, { factor: 60, ages: ['my_age', 'other_age'] })).toBe(
    'max by (group) (my_age{topic!~"a[.]b"}) > 5 or max(my_age ) >= 30 or my_ages > 300 or sum(b) > 20',
  )
})

test('a file keeps its rules with shorter waits, evaluated at the server’s interval', () => {
  const text = `
groups:
  - name: ingress
    interval: 1m
    rules:
      - record: a:rate5m
        expr: rate(a[5m])
      - alert: MillraceSlow
        expr: a:rate5m > 300
        for: 15m
        keep_firing_for: 1h
        labels: { severity: page }
`
  expect(parse(speedUpRules(text, minuteASecond))).toEqual({
    groups: [
      {
        name: 'ingress',
        rules: [
          { record: 'a:rate5m', expr: 'rate(a[5000ms])' },
          {
            alert: 'MillraceSlow',
            expr: 'a:rate5m > 300',
            for: '15000ms',
            keep_firing_for: '60000ms',
            labels: { severity: 'page' },
          },
        ],
      },
    ],
  })
})
