import type { PrometheusServer } from '@millrace/test-support'
import type { KnownLabels } from './check-names.ts'

/** Every metric that was scraped or recorded so far, with the labels of its series. */
export async function readKnownLabels(prometheus: Pick<PrometheusServer, 'series'>): Promise<KnownLabels> {
  const known = new Map<string, Set<string>>()
  for (const { __name__: name = '', ...labels } of await prometheus.series('{__name__=~".+"}')) {
    const seen = known.get(name) ?? new Set()
    for (const label of Object.keys(labels)) seen.add(label)
    known.set(name, seen)
  }
  return known
}
