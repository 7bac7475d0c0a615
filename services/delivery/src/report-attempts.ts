import { STATUS_CODES } from 'node:http'
import type { Log } from '@millrace/kafka'
import type { Attempt } from '@millrace/schemas'
import type { ServiceContext } from '@millrace/service-kit'
import type { Cause } from './undelivered.ts'

/** Tells of one attempt: to the counters and in one log line, without what the receiver answered. `origin`: scheme, host and port of the endpoint, null when it is not known. */
export type ReportAttempt = (attempt: Attempt, origin: string | null) => void

type Meter = ServiceContext<unknown>['meter']

export function attemptReporter(meter: Meter, log: Log): ReportAttempt {
  const attempts = meter.createCounter('millrace.delivery.attempts', {
    description: 'Tries of deliveries by outcome, and by error code where they failed.',
  })
  const answers = meter.createCounter('millrace.delivery.answers', {
    description: 'Answers to tries by status: a registered code, else other.',
  })
  const duration = meter.createHistogram('millrace.delivery.attempt.duration', {
    unit: 's',
    description: 'Time of one try: connecting, headers and body.',
    advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] },
  })
  const step = meter.createHistogram('millrace.delivery.attempt.step', {
    unit: 's',
    description: 'Time of one step of a try, where it was taken: dns, connect, tls, first_byte.',
    advice: { explicitBucketBoundaries: [0.001, 0.005, 0.025, 0.1, 0.25, 1, 5, 30] },
  })
  const bytes = meter.createCounter('millrace.delivery.bytes', {
    unit: 'By',
    description: "Bytes of bodies that were sent, and of answers' bodies that were read.",
  })
  const connections = meter.createCounter('millrace.delivery.connections', {
    description: 'Tries that had a connection, by whether it was open already.',
  })
  return (attempt, origin) => {
    const { answer: _, ...line } = attempt
    const { outcome, error_code, status_code } = attempt
    attempts.add(1, error_code === null ? { outcome } : { outcome, error_code })
    if (status_code !== null) answers.add(1, { status: status_code in STATUS_CODES ? String(status_code) : 'other' })
    duration.record(attempt.duration_ms / 1_000, { outcome })
    for (const [labels, field] of steps) {
      const microseconds = attempt[field]
      if (microseconds !== null) step.record(microseconds / 1_000_000, labels)
    }
    bytes.add(attempt.bytes_sent, sent)
    bytes.add(attempt.bytes_received, received)
    if (attempt.address !== null) connections.add(1, attempt.is_reused ? open : opened)
    log.info({ ...line, origin }, 'delivery attempt')
  }
}

const steps = [
  [{ step: 'dns' }, 'dns_us'],
  [{ step: 'connect' }, 'connect_us'],
  [{ step: 'tls' }, 'tls_us'],
  [{ step: 'first_byte' }, 'first_byte_us'],
] as const
const sent = { direction: 'sent' }
const received = { direction: 'received' }
const open = { reused: true }
const opened = { reused: false }

/** Shows the age of the oldest delivery that is not done, by why it is not; `oldestMs` gives it in milliseconds. */
export function reportOldest(meter: Meter, oldestMs: () => ReadonlyMap<Cause, number>): void {
  meter
    .createObservableGauge('millrace.delivery.oldest_undelivered', {
      unit: 's',
      description:
        'Age of the oldest delivery that this process has met and that is not done, by cause: throttled, breaker, retry, order, preview; stuck: waiting for none of these, since it was due.',
    })
    .addCallback((result) => {
      for (const [cause, ms] of oldestMs()) result.observe(ms / 1_000, { cause })
    })
}
