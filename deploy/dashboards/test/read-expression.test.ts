import { expect, test } from 'vitest'
import { labelsInLegend, readExpression } from '../src/read-expression.ts'

test('an expression names its metrics with their matchers, and the labels that it groups and joins by', () => {
  const expr =
    'sum by (type) (rate(a_total{namespace=~"$namespace",q!="1"}[$__rate_interval])) * on (s) group_left (tenant) max without (u) (b)'
  expect(readExpression(expr)).toMatchObject({
    selectors: [
      {
        metric: 'a_total',
        matchers: [
          { label: 'namespace', op: '=~', value: '$namespace' },
          { label: 'q', op: '!=', value: '1' },
        ],
      },
      { metric: 'b', matchers: [] },
    ],
    labels: ['type', 's', 'tenant', 'u'],
  })
})

test('a label that the expression makes itself is told as made', () => {
  expect(readExpression('label_replace(a, "class", "$1", "code", "X_(.+)")').made).toEqual(['class'])
})

test('what is no PromQL is an error with its place', () => {
  expect(() => readExpression('sum(rate(a[5m])')).toThrow(/no PromQL at character/)
})

test('recorded series, whose names have colons, are metrics too', () => {
  expect(readExpression('millrace_slo:error_ratio:rate5m{objective="accept"} > 0.01').selectors[0]?.metric).toBe(
    'millrace_slo:error_ratio:rate5m',
  )
})

test('the labels of a legend are found', () => {
  expect(labelsInLegend('{{group}}: {{ code }}')).toEqual(['group', 'code'])
})
