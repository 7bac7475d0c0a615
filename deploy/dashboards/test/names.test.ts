import { expect, test } from 'vitest'
import { isAlert, readRules } from '../src/alert-rules.ts'
import { unknownNames } from '../src/check/check-names.ts'
import { panelsOf, readDashboards } from '../src/check/read-panels.ts'
import { readMetricsReference } from '../src/metrics-reference.ts'

const known = readMetricsReference()

test('every metric and label that a dashboard names is in the reference of metrics', () => {
  const unknown = readDashboards().flatMap((dashboard) =>
    panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
      targets.flatMap(({ expr, legendFormat = '' }) =>
        unknownNames(expr, legendFormat, known).map((name) => `${dashboard.file}, "${title}": ${name}`),
      ),
    ),
  )
  expect(unknown).toEqual([])
})

test('every metric and label that a rule names is in the reference of metrics', () => {
  const unknown = readRules().flatMap((rule) =>
    unknownNames(rule.expr, '', known).map((name) => `${isAlert(rule) ? rule.alert : rule.record}: ${name}`),
  )
  expect(unknown).toEqual([])
})

test('every panel asks a question, says what to do, and has a unit', () => {
  const incomplete = readDashboards().flatMap((dashboard) =>
    panelsOf(dashboard).flatMap(({ title, description = '', fieldConfig }) =>
      title.endsWith('?') && description.length > 20 && fieldConfig?.defaults.unit !== undefined ? [] : [title],
    ),
  )
  expect(incomplete).toEqual([])
})
