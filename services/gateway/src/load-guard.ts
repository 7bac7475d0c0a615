import { monitorEventLoopDelay } from 'node:perf_hooks'
import { KafkaError } from '@millrace/kafka'
import { GatewayError } from './errors.ts'

export interface LoadGuardOptions {
  /** Median delay of the event loop, in milliseconds, beyond which requests are refused; 0 for no bound. */
  readonly maxDelayMs: number
  /** True while Kafka takes less than what comes, so that another record would only wait to be refused. */
  isKafkaBehind(): boolean
}

export interface LoadGuard {
  /** Why a request cannot be taken on now, before anything of it is read; undefined while the process and Kafka keep up. */
  refusal(): GatewayError | KafkaError | undefined
  close(): void
}

/** Each look wakes an idle process up. */
const RESOLUTION_MS = 50
const LOOK_EVERY_MS = 250

/** The same objects each time: what is made of them is made once. */
const loopBehind = new GatewayError('MR_GATEWAY_OVERLOADED', { retryAfterSeconds: 2 })
const kafkaBehind = new KafkaError('MR_KAFKA_QUEUE_FULL', 'the brokers take less than what comes')

/**
 * Tells when to shed load. The median over a quarter of a second decides, twice in a row, not the longest delay: a single collection of garbage,
 * one large body, or a machine that was elsewhere for a moment is no overload.
 */
export function createLoadGuard({ maxDelayMs, isKafkaBehind }: LoadGuardOptions): LoadGuard {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  let isLoopBehind = false
  let wasBehind = false
  let lookedAt = performance.now()
  const look = () => {
    const now = performance.now()
    // Each sample holds the resolution itself. A loop of such long turns that there is none between two looks turned once, or hardly more, between them.
    const delay = delays.count > 0 ? delays.percentile(50) / 1e6 : now - lookedAt
    lookedAt = now
    const isBehind = delay - RESOLUTION_MS > maxDelayMs
    isLoopBehind = isBehind && wasBehind
    wasBehind = isBehind
    delays.reset()
  }
  const timer = maxDelayMs > 0 ? setInterval(look, LOOK_EVERY_MS).unref() : undefined
  if (timer !== undefined) delays.enable()
  return {
    refusal() {
      if (isLoopBehind) return loopBehind
      return isKafkaBehind() ? kafkaBehind : undefined
    },
    close() {
      clearInterval(timer)
      delays.disable()
    },
  }
}
