import type { Meter } from '@opentelemetry/api'
import type { Checks } from './checks.ts'

/** What `/readyz` says, for whoever looks at the metrics: each part that the service cannot do without, by its name. Their reasons stay there. */
export function observeReadiness(meter: Meter, checks: Pick<Checks, 'ready'>): void {
  meter
    .createObservableGauge('millrace.ready', {
      description: '1 while a part that the service cannot do without is ready, by check as in /readyz.',
    })
    .addCallback(async (result) => {
      const report = await checks.ready()
      for (const [check, { ok, optional }] of Object.entries(report.checks)) {
        if (optional !== true) result.observe(ok ? 1 : 0, { check })
      }
    })
}
