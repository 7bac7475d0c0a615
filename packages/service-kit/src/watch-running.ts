import type { Running } from '@millrace/kafka'
import type { Meter } from '@opentelemetry/api'
import type { Checks } from './checks.ts'
import { type Closers, closeOrder } from './closers.ts'

export interface WatchParts {
  readonly meter: Meter
  readonly checks: Checks
  readonly closers: Closers
}

/** Makes a consumer's health the service's: checks, gauges with its name, and closing before the clients it uses. */
export function watchRunning({ meter, checks, closers }: WatchParts, running: Running, name: string): void {
  checks.add({
    name,
    live: () => {
      const { isLive, detail } = running.health()
      return isLive || detail
    },
    ready: () => {
      const { isReady, detail } = running.health()
      return isReady || detail
    },
  })
  const inFlight = meter.createObservableGauge('millrace.consumer.in_flight', { description: 'Records in hand.' })
  const oldest = meter.createObservableGauge('millrace.consumer.oldest', {
    unit: 's',
    description: 'Age in hand of the oldest unfinished record.',
  })
  meter.addBatchObservableCallback(
    (result) => {
      const health = running.health()
      result.observe(inFlight, health.inFlight, { consumer: name })
      result.observe(oldest, health.oldestMs / 1000, { consumer: name })
    },
    [inFlight, oldest],
  )
  closers.add(name, (deadlineMs) => running.close(deadlineMs), closeOrder.work)
}
