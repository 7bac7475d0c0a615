import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@millrace/local'
import { isAlert, readRules } from './alert-rules.ts'
import type { KnownLabels } from './check/check-names.ts'
import { readExpression } from './read-expression.ts'

/** `| name | kind | unit | labels | what |`, names and labels in backquotes. */
const ROW = /^\| `(\w+)` \| (counter|gauge|histogram) \| [^|]* \| ([^|]*) \|/gm
/** Of Prometheus itself. */
const OF_PROMETHEUS = ['up']

/**
 * Every metric with its labels as docs/metrics.md tells them, which is made from the code, and what the chart's rules record from these. A recorded
 * series may have any label of what it is made from.
 */
export function readMetricsReference(): KnownLabels {
  const known = new Map<string, ReadonlySet<string>>(OF_PROMETHEUS.map((name) => [name, new Set<string>()]))
  for (const [, name = '', kind = '', labels = ''] of readFileSync(join(root, 'docs/metrics.md'), 'utf8').matchAll(
    ROW,
  )) {
    const own = Array.from(labels.matchAll(/`(\w+)`/g), ([, label = '']) => label)
    if (kind !== 'histogram') known.set(name, new Set(own))
    else for (const part of ['bucket', 'sum', 'count']) known.set(`${name}_${part}`, new Set([...own, 'le']))
  }
  for (const rule of readRules()) {
    if (isAlert(rule)) continue
    const { selectors, labels, made } = readExpression(rule.expr)
    const inherited = selectors.flatMap(({ metric = '' }) => [...(known.get(metric) ?? [])])
    const before = known.get(rule.record) ?? []
    known.set(rule.record, new Set([...before, ...inherited, ...labels, ...made, ...Object.keys(rule.labels ?? {})]))
  }
  return known
}
