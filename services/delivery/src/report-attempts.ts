import type { Log } from '@millrace/kafka'
import type { Attempt } from '@millrace/schemas'
import type { ServiceContext } from '@millrace/service-kit'

/** Tells of one attempt: to the counters and in one log line. `origin`: scheme, host and port of the endpoint, null when it is not known. */
export type ReportAttempt = (attempt: Attempt, origin: string | null) => void

type Meter = ServiceContext<unknown>['meter']

export function attemptReporter(meter: Meter, log: Log): ReportAttempt {
  const attempts = meter.createCounter('millrace.delivery.attempts', {
    description: 'Tries of deliveries by outcome, and by error code where they failed.',
  })
  const duration = meter.createHistogram('millrace.delivery.attempt.duration', {
    unit: 's',
    description: 'Time of one try: connecting, headers and body.',
    advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] },
  })
  return (attempt, origin) => {
    const { outcome, error_code } = attempt
    attempts.add(1, error_code === null ? { outcome } : { outcome, error_code })
    duration.record(attempt.duration_ms / 1_000, { outcome })
    log.info({ ...attempt, origin }, 'delivery attempt')
  }
}

/** Shows the age of the oldest delivery that is not done; `oldestMs` gives it in milliseconds. */
export function reportOldest(meter: Meter, oldestMs: () => number): void {
  meter
    .createObservableGauge('millrace.delivery.oldest_undelivered', {
      unit: 's',
      description: 'Age of the oldest delivery that this process has met and that is not done.',
    })
    .addCallback((result) => result.observe(oldestMs() / 1_000))
}
