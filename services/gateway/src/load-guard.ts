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
  /**
   * Refuses a request before anything of it is read, while the process or Kafka is behind.
   * @throws GatewayError `MR_GATEWAY_OVERLOADED`, KafkaError `MR_KAFKA_QUEUE_FULL`
   */
  check(): void
  close(): void
}

const RESOLUTION_MS = 10
const LOOK_EVERY_MS = 250
/** Seconds after which a refused sender should come again. */
const RETRY_AFTER_SECONDS = 2

/**
 * Sheds load early and cheaply. The median over a quarter of a second decides, not the longest delay: a single collection of garbage or one large
 * body is no overload.
 */
export function createLoadGuard({ maxDelayMs, isKafkaBehind }: LoadGuardOptions): LoadGuard {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  let isLoopBehind = false
  const look = () => {
    // Each sample holds the resolution itself.
    isLoopBehind = delays.count > 0 && delays.percentile(50) / 1e6 - RESOLUTION_MS > maxDelayMs
    delays.reset()
  }
  const timer = maxDelayMs > 0 ? setInterval(look, LOOK_EVERY_MS).unref() : undefined
  if (timer !== undefined) delays.enable()
  return {
    check() {
      if (isLoopBehind) throw new GatewayError('MR_GATEWAY_OVERLOADED', { retryAfterSeconds: RETRY_AFTER_SECONDS })
      if (isKafkaBehind()) throw new KafkaError('MR_KAFKA_QUEUE_FULL', 'the brokers take less than what comes')
    },
    close() {
      clearInterval(timer)
      delays.disable()
    },
  }
}
