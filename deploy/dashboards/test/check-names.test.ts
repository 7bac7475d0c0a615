import { expect, test } from 'vitest'
import { metricsInText, unknownNames } from '../src/check/check-names.ts'

const known = new Map([
  ['millrace_requests_total', new Set(['source', 'status'])],
  ['millrace_source_info', new Set(['source', 'tenant'])],
])

test('an expression whose names all exist has nothing to tell', () => {
  const expr =
    'sum by (tenant) (rate(millrace_requests_total{namespace=~"$namespace",status="200"}[$__rate_interval]) * on (source) group_left (tenant) millrace_source_info)'
  expect(unknownNames(expr, '{{tenant}}', known)).toEqual([])
})

test('a metric that nothing exports is named', () => {
  expect(unknownNames('rate(millrace_request_total[5m]) + millrace_source_info', '', known)).toEqual([
    'metric millrace_request_total',
  ])
})

test('a label that none of a metric’s series has is named with it', () => {
  expect(unknownNames('millrace_requests_total{code="200"}', '', known)).toEqual([
    'label code of millrace_requests_total',
  ])
})

test('a label to group by, and one of a legend, must exist or be made', () => {
  expect(unknownNames('sum by (rule) (millrace_requests_total)', '{{lane}}', known)).toEqual([
    'label rule',
    'label lane',
  ])
  expect(
    unknownNames('label_replace(millrace_requests_total, "class", "$1", "status", "(.)..")', '{{class}}', known),
  ).toEqual([])
})

test('metrics are found in a runbook’s text', () => {
  expect(metricsInText('Look at `millrace_consumer_age` and rate(millrace_dead_letters_total[5m]).')).toEqual([
    'millrace_consumer_age',
    'millrace_dead_letters_total',
  ])
})
