import type { Kafka, Running } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import type { SecretKeys } from '@millrace/signing'
import { createEndpointDirectory } from './endpoint-directory.ts'
import { createLimiter } from './limit-concurrency.ts'
import { createPoster, type PostOptions } from './post.ts'
import type { ReportAttempt } from './report-attempts.ts'
import { startRequests } from './request-deliveries.ts'
import { startSends } from './send-deliveries.ts'
import { createUndelivered } from './undelivered.ts'

export interface DeliveryOptions extends PostOptions {
  readonly kafka: Kafka
  readonly keys: SecretKeys
  readonly report: ReportAttempt
  /** Requests open at the same time: to one endpoint, and in all. */
  readonly endpointConcurrency: number
  readonly concurrency: number
  readonly maxQueued: number
}

/** The service's parts at work. */
export interface DeliveryService {
  readonly requests: Running
  readonly sends: Running
  /** Age of the oldest delivery that is not done, in milliseconds. */
  oldestMs(): number
  /** Lets nothing more begin; what is under way goes on. */
  stopIntake(): void
  /** After `requests` and `sends` have closed. */
  close(): Promise<void>
}

/** Starts both halves once the endpoints have been read to their end. @throws what reading them threw */
export async function startDelivery(options: DeliveryOptions): Promise<DeliveryService> {
  const { kafka, keys, report } = options
  const table = kafka.table(topics.endpoints)
  const endpoints = createEndpointDirectory(table)
  await table.ready
  const poster = createPoster(options)
  const perEndpoint = createLimiter(options.endpointConcurrency)
  const overall = createLimiter(options.concurrency)
  const undelivered = createUndelivered()
  return {
    requests: startRequests({ kafka, table, endpoints }),
    sends: startSends({
      kafka,
      endpoints,
      keys,
      poster,
      perEndpoint,
      overall,
      undelivered,
      maxQueued: options.maxQueued,
      report,
    }),
    oldestMs: () => undelivered.oldestMs(Date.now()),
    stopIntake() {
      perEndpoint.close()
      overall.close()
    },
    close: () => poster.close(),
  }
}
