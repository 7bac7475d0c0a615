import { expect, test } from 'vitest'
import { labelledMetrics, labelsOf } from '../../generate/metric-labels.ts'
import { impersonalLabels } from '../../src/personal-data/index.ts'

const used = new Set(labelledMetrics.flatMap((metric) => labelsOf(metric) ?? []))

test('no metric has a label that nobody has judged', () => {
  expect([...used].filter((label) => !impersonalLabels.includes(label))).toEqual([])
})

test('no label is listed that no metric has', () => {
  expect(impersonalLabels.filter((label) => !used.has(label))).toEqual([])
})
