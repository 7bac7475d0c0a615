import type { ServiceContext, Source, SourcesHolder } from '@millrace/service-kit'

type Labels = Readonly<Record<'source' | 'tenant' | 'account' | 'provider', string>>

/**
 * Tells whose each source is, as a metric that others are joined with: what a tenant sends is the sum over its sources. So no other metric needs a
 * label for the tenant. A source that is gone, or another's now, is told as 0 from then on.
 */
export function observeSources(meter: ServiceContext<unknown>['meter'], sources: Pick<SourcesHolder, 'current'>): void {
  let told = new Map<string, Labels>()
  meter
    .createObservableGauge('millrace.source.info', {
      description:
        '1 for each configured source, with its tenant, account and provider; 0 once it is not configured so.',
    })
    .addCallback((result) => {
      const now = new Map(
        sources.current().sources.map((source) => [JSON.stringify(labelsOf(source)), labelsOf(source)]),
      )
      // The SDK goes on reporting the last value of a series.
      for (const [key, labels] of told) if (!now.has(key)) result.observe(0, labels)
      for (const labels of now.values()) result.observe(1, labels)
      told = new Map([...told, ...now])
    })
}

function labelsOf({ name, tenant, account, provider }: Source): Labels {
  return { source: name, tenant, account, provider }
}
