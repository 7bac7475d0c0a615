import type { Meter } from '@opentelemetry/api'
import type { Outcome } from './handle-events.ts'

const outcomes: readonly Outcome[] = ['done', 'again', 'failed']

/** The service's own signals. `handlers`: the names of all, so that their series begin at zero. */
export function observeHandlers(meter: Meter, handlers: readonly string[]) {
  const runs = meter.createCounter('millrace.handlers.runs', {
    description:
      'Runs of a handler by outcome: done; again (the event is tried again); failed (it becomes a dead letter).',
  })
  const duration = meter.createHistogram('millrace.handlers.duration', {
    unit: 's',
    description: 'Time that a run of a handler took, however it ended.',
    advice: { explicitBucketBoundaries: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300] },
  })
  const emitted = meter.createCounter('millrace.handlers.emitted', {
    description: 'Events that a handler has written, repeats of a retried run included.',
  })
  for (const handler of handlers) {
    for (const outcome of outcomes) runs.add(0, { handler, outcome })
    emitted.add(0, { handler })
  }
  return {
    onRun(handler: string, outcome: Outcome, durationMs: number) {
      runs.add(1, { handler, outcome })
      duration.record(durationMs / 1_000, { handler })
    },
    onEmitted: (handler: string) => emitted.add(1, { handler }),
  }
}
