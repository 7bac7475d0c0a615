import { labelledMetrics, labelsOf } from './metric-labels.ts'
import type { DeclaredMetric } from './read-metrics.ts'

const head = `<!-- Generated: edit the instruments in the code and packages/service-kit/generate/metric-labels.ts, then run \`pnpm --filter @millrace/service-kit generate\`. -->

# Metrics

What \`/metrics\` on the admin port of each service shows. Counters end in \`_total\`; a histogram has \`_bucket\`, \`_sum\` and \`_count\`; units are not part of names. The scrape adds \`job\` (the service),
\`instance\` and, in Kubernetes, \`namespace\` and \`pod\`. No label names a conversation, an endpoint, an address or a person, and none has values without end. Of a gauge whose series went to another process the old one tells 0.
Those of \`packages/\` come from every service that uses the package. What is computed from them: deploy/helm/millrace/files/rules.
`

/**
 * `docs/metrics.md`.
 * @throws Error when a metric has no list of labels, or a list no metric
 */
export function metricsPage(metrics: readonly DeclaredMetric[]): string {
  const unlisted = metrics.filter(({ name }) => labelsOf(name) === undefined).map(({ name }) => name)
  const gone = labelledMetrics.filter((name) => !metrics.some((metric) => metric.name === name))
  if (unlisted.length + gone.length > 0)
    throw new Error(`metric-labels.ts lacks [${unlisted.join(', ')}] and has too many [${gone.join(', ')}]`)
  const folders = [...new Set(metrics.flatMap((metric) => metric.folders))].sort()
  return head + folders.map((folder) => section(folder, metrics)).join('')
}

function section(folder: string, metrics: readonly DeclaredMetric[]): string {
  const rows = metrics.filter((metric) => metric.folders.includes(folder)).map(row)
  return `\n## ${folder}\n\n| metric | kind | unit | labels | what |\n| --- | --- | --- | --- | --- |\n${rows.join('')}`
}

const units: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', '1': 'share', '{record}': 'records' }

function row({ name, kind, unit, description }: DeclaredMetric): string {
  const labels = (labelsOf(name) ?? []).map((label) => `\`${label}\``).join(' ')
  return `| \`${name}\` | ${kind} | ${units[unit] ?? unit} | ${labels} | ${description.replaceAll('|', '\\|')} |\n`
}
