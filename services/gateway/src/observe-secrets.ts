import type { ServiceContext, Source, SourcesHolder } from '@millrace/service-kit'

/**
 * Tells when each source will have no secret left that counts, so that a rotation that nobody finished is noticed before webhooks are refused.
 * Infinite where one never ends, and for a source that is not configured any more.
 */
export function observeSecrets(meter: ServiceContext<unknown>['meter'], sources: Pick<SourcesHolder, 'current'>): void {
  const told = new Set<string>()
  meter
    .createObservableGauge('millrace.source.secret.not_after', {
      unit: 's',
      description: 'When the last secret of the source stops counting, Unix time; infinite when one never does.',
    })
    .addCallback((result) => {
      const ends = new Map(sources.current().sources.map((source) => [source.name, lastEnd(source)]))
      // The SDK goes on reporting the last value of a series.
      for (const source of told) if (!ends.has(source)) result.observe(Number.POSITIVE_INFINITY, { source })
      for (const [source, end] of ends) {
        told.add(source)
        result.observe(end / 1_000, { source })
      }
    })
}

/** Epoch milliseconds. A source without secrets has none that could end: its requests are refused, or not verified, from the start. */
export function lastEnd({ secrets }: Pick<Source, 'secrets'>): number {
  if (secrets.length === 0) return Number.POSITIVE_INFINITY
  return Math.max(...secrets.map(({ notAfter = Number.POSITIVE_INFINITY }) => notAfter))
}
