import type { Kafka, Log, Running } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import type { FrontClients } from '@millrace/service-kit'
import type { SecretKeys } from '@millrace/signing'
import type { Redis } from 'ioredis'
import { createPreviews } from './complete-preview.ts'
import { createEndpointDirectory } from './endpoint-directory.ts'
import { healthRules } from './endpoint-health.ts'
import { createEndpointLimits } from './endpoint-limits.ts'
import { createEndpointStates } from './endpoint-states.ts'
import { createGrants, type Limits } from './grants.ts'
import { createLanes } from './lanes.ts'
import { createNumbering } from './number-deliveries.ts'
import { createPoster, type PostOptions } from './post.ts'
import { attemptsSince, hasAny } from './read-attempts.ts'
import type { ReportAttempt } from './report-attempts.ts'
import type { EndpointCounts } from './report-endpoints.ts'
import type { ReportEnd } from './report-time.ts'
import { REQUEST_GROUP, startRequests } from './request-deliveries.ts'
import { PROCESSED_GROUP, startProcessed } from './request-processed.ts'
import { LONGEST_HORIZON_MS } from './retry-policy.ts'
import { startSends } from './send-deliveries.ts'
import { createSettled } from './settled.ts'
import { tiersBy } from './tiers.ts'
import { type Cause, createUndelivered } from './undelivered.ts'

export interface DeliveryOptions extends PostOptions {
  readonly kafka: Kafka
  readonly redis: Pick<Redis, 'evalsha' | 'eval' | 'get' | 'set' | 'pipeline' | 'hmget' | 'pexpire' | 'hset' | 'hsetnx'>
  readonly log: Log
  /** Clients of the Front API, for what previews lack. */
  readonly fronts: Pick<FrontClients, 'of'>
  readonly keys: SecretKeys
  readonly report: ReportAttempt
  /** Told of each delivery that has come to its end. */
  readonly reportEnd?: ReportEnd
  /** Of an endpoint that sets none of its own, and of a tenant. */
  readonly endpointLimits: Limits
  readonly tenantLimits: Limits
  /** Requests open in one process. */
  readonly concurrency: number
  readonly maxQueued: number
  /** Multiplies the delays of retries, the breaker's and the times until a delivery expires or an endpoint is disabled. Default 1. */
  readonly delayScale?: number
  /** Within which a limit a minute counts, milliseconds. Default 60 000. */
  readonly windowMs?: number
}

/** The service's parts at work. */
export interface DeliveryService {
  readonly requests: Running
  readonly processed: Running
  readonly sends: Running
  /** Age of the oldest delivery that is not done, in milliseconds, by why it is not. */
  oldestMs(): ReadonlyMap<Cause, number>
  /** Of every endpoint, and how it does as far as this process knows. */
  readonly counts: EndpointCounts
  /** Lets nothing more begin; what is under way has 8 s to end (half of `deadlineMs` at most), then it is broken off. */
  stopIntake(deadlineMs: number): void
  /** After `requests` and `sends` have closed. */
  close(): Promise<void>
}

const WINDOW_MS = 60_000
/** What is broken off must still be recorded within the shutdown's deadline. */
const BREAK_OFF_AFTER_MS = 8_000

/** Starts both halves once the endpoints have been read to their end. @throws what reading them threw */
export async function startDelivery(options: DeliveryOptions): Promise<DeliveryService> {
  const { kafka, redis, log, keys, report, delayScale: scale = 1, windowMs = WINDOW_MS } = options
  const table = kafka.table(topics.endpoints)
  const stateTable = kafka.table(topics.endpointStates)
  // Called only after `states` is made below.
  const endpoints = createEndpointDirectory(table, (endpoint) => states.wantsNothing(endpoint))
  await Promise.all([table.ready, stateTable.ready])
  const clusterId = await kafka.clusterId()
  const poster = createPoster(options)
  const stopping = new AbortController()
  const limits = createEndpointLimits(table, { limits: options.endpointLimits, timeoutMs: options.timeoutMs })
  const grants = createGrants({
    redis,
    log,
    windowMs,
    tenantLimits: options.tenantLimits,
    longestLeaseMs: limits.longestLeaseMs,
    wasEverUsed: () => hasAny(kafka, topics.attempts),
  })
  const states = createEndpointStates({ kafka, table: stateTable, rules: healthRules(scale), log })
  table.onChange((key, endpoint) => {
    if (endpoint === undefined) states.forget(key)
  })
  const { concurrency } = options
  const lanes = createLanes({
    grants,
    limitsOf: limits.limitsOf,
    leaseMsOf: limits.leaseMsOf,
    healthOf: states.of,
    concurrency,
    crowdedAt: options.maxQueued / 2,
    windowMs,
  })
  const settled = createSettled({
    redis,
    log,
    keptMs: LONGEST_HORIZON_MS + 3_600_000,
    attempts: () => attemptsSince(kafka, Date.now() - LONGEST_HORIZON_MS),
  })
  const undelivered = createUndelivered()
  return {
    requests: startRequests({
      kafka,
      table,
      endpoints,
      settled,
      number: createNumbering({ redis, kafka, endpoints, log, group: REQUEST_GROUP }),
    }),
    processed: startProcessed({
      kafka,
      redis,
      log,
      clusterId,
      table,
      endpoints,
      number: createNumbering({ redis, kafka, endpoints, log, group: PROCESSED_GROUP }),
    }),
    sends: startSends({
      kafka,
      endpoints,
      keys,
      poster,
      lanes,
      grants,
      limits,
      states,
      settled,
      undelivered,
      previews: createPreviews({ fronts: options.fronts, endpoints }),
      report,
      reportEnd: options.reportEnd ?? (() => {}),
      tiers: tiersBy(scale),
      scale,
      stopping: stopping.signal,
      maxQueued: options.maxQueued,
    }),
    counts: { endpoints: endpoints.all, healthOf: states.of },
    oldestMs: () => undelivered.oldestMs(Date.now()),
    stopIntake(deadlineMs) {
      lanes.close()
      setTimeout(() => stopping.abort(), Math.min(BREAK_OFF_AFTER_MS, deadlineMs / 2)).unref()
    },
    async close() {
      stopping.abort()
      await states.close()
      await Promise.all([poster.close(), table.close(), stateTable.close()])
    },
  }
}
