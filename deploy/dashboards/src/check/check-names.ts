import { labelsInLegend, readExpression, type Selector } from '../read-expression.ts'

/** The labels of each metric, over all its series. */
export type KnownLabels = ReadonlyMap<string, ReadonlySet<string>>

/** By the scrape, or by nobody where there is no Kubernetes. */
const OF_SCRAPE = ['namespace', 'pod', 'job', 'instance', '__name__']
/** Prometheus makes it while an alert is pending or fires. */
const ALERTS = 'ALERTS'

/**
 * What an expression and its legend name and nothing exports: metrics; labels of a selector that none of its metric's series has; labels to group,
 * join or name by that none of the expression's metrics has and it does not make itself.
 */
export function unknownNames(expr: string, legend: string, known: KnownLabels): string[] {
  const { selectors, labels, made } = readExpression(expr)
  const metrics = selectors.flatMap(({ metric }) => metric ?? [])
  const missing = metrics
    .filter((metric) => metric !== ALERTS && !known.has(metric))
    .map((metric) => `metric ${metric}`)
  if (missing.length > 0) return [...new Set(missing)]
  const anywhere = new Set([...OF_SCRAPE, ...made, ...metrics.flatMap((metric) => [...(known.get(metric) ?? [])])])
  const grouped = [...labels, ...labelsInLegend(legend)].filter((label) => !anywhere.has(label))
  return [
    ...new Set([
      ...selectors.flatMap((selector) => unknownLabels(selector, known)),
      ...grouped.map((label) => `label ${label}`),
    ]),
  ]
}

function unknownLabels({ metric = '', matchers }: Selector, known: KnownLabels): string[] {
  const labels = known.get(metric)
  if (labels === undefined) return []
  const unknown = matchers.filter(({ label }) => !OF_SCRAPE.includes(label) && !labels.has(label))
  return unknown.map(({ label }) => `label ${label} of ${metric}`)
}

/** Names in a text that can only be metrics of ours. */
export function metricsInText(text: string): string[] {
  return [
    ...new Set(
      Array.from(text.matchAll(/\b(?:millrace|messaging|nodejs|v8js)_[a-z0-9_:]*[a-z0-9]\b/g), ([name]) => name),
    ),
  ]
}
