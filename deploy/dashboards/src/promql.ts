/** Every selector has it: one Grafana shows several installations. Where nothing has a namespace, as outside Kubernetes, `All` matches that too. */
const IN_NAMESPACE = 'namespace=~"$namespace"'

/** Topics in which no record waits on purpose: retries wait for their time, and a replay goes at the speed that was asked for. */
export const NOT_WAITING = 'topic!~"deliveries[.]retry[.].+|webhooks[.]replays[.].+"'

/** A selector in the chosen namespaces. */
export function of(metric: string, matchers = ''): string {
  return `${metric}{${[IN_NAMESPACE, matchers].filter(Boolean).join(',')}}`
}

/** How much a counter grows a second, summed by labels; by none: over everything. */
export function perSecond(metric: string, by = '', matchers = ''): string {
  return `${summed(by)}(rate(${of(metric, matchers)}[$__rate_interval]))`
}

/** By how much a counter grew in a time, `$__range` unless told. */
export function grown(metric: string, by = '', matchers = '', time = '$__range'): string {
  return `${summed(by)}(increase(${of(metric, matchers)}[${time}]))`
}

/** A quantile of a histogram, by labels. */
export function quantile(q: number, histogram: string, by = '', matchers = ''): string {
  const labels = ['le', by].filter(Boolean).join(', ')
  return `histogram_quantile(${q}, sum by (${labels}) (rate(${of(`${histogram}_bucket`, matchers)}[$__rate_interval])))`
}

/** Mean of a histogram's values, by labels. */
export function mean(histogram: string, by = '', matchers = ''): string {
  return `${perSecond(`${histogram}_sum`, by, matchers)} / ${perSecond(`${histogram}_count`, by, matchers)}`
}

/** Keeps what our own processes export: names such as `process_cpu_time_total` are others' too. */
export function ours(expr: string): string {
  return `${expr} and on (job, instance) ${of('millrace_ready', 'check="started"')}`
}

/** Matches a bucket's bound however it is written: 5, or 5.0 as in OpenMetrics and from Prometheus 3 on. */
function atMost(bound: number): string {
  return `le=~"${bound}([.]0)?"`
}

/** Share of a histogram's values that are at most `bound`, which must be one of its buckets. `good` are matchers that only the good ones meet. */
export function shareWithin(histogram: string, bound: number, matchers = '', good = ''): string {
  const within = [atMost(bound), matchers, good].filter(Boolean).join(',')
  return `${perSecond(`${histogram}_bucket`, '', within)} / ${perSecond(`${histogram}_count`, '', matchers)}`
}

function summed(by: string): string {
  return by === '' ? 'sum ' : `sum by (${by}) `
}
