import { type HandleContext, type InRecord, type Kafka, permanent, type Running, transient } from '@millrace/kafka'
import { type Delivery, topics } from '@millrace/schemas'
import { attemptOf } from './attempt-record.ts'
import { errorClasses } from './error-classes.ts'
import type { Limiter } from './limit-concurrency.ts'
import { planNext } from './plan-next.ts'
import type { ReportAttempt } from './report-attempts.ts'
import { type TryParts, tryDelivery } from './try-delivery.ts'
import type { Undelivered } from './undelivered.ts'
import { writeSurely } from './write-surely.ts'

export interface SendParts extends TryParts {
  readonly kafka: Kafka
  /** Deliveries in memory at most. */
  readonly maxQueued: number
  readonly perEndpoint: Limiter
  readonly overall: Limiter
  readonly undelivered: Undelivered
  readonly report: ReportAttempt
}

/** Deliveries to their endpoints, at least once each. */
export function startSends(parts: SendParts): Running {
  return parts.kafka.consume<Delivery>({
    group: 'delivery-send',
    topics: [topics.requested, topics.retry4s, topics.retry8s, topics.retry10s],
    ordering: 'none',
    // What waits for its endpoint must keep no other endpoint's delivery from running, so all that is held is handed over: the limiters count.
    maxInFlight: parts.maxQueued,
    concurrency: parts.maxQueued,
    notBefore: (record) => record.value?.not_before ?? 0,
    handle: async (record, context) => {
      if (record.value !== null) await deliver(parts, record, record.value, context)
    },
  })
}

async function deliver(
  parts: SendParts,
  record: InRecord<Delivery>,
  delivery: Delivery,
  { signal }: HandleContext,
): Promise<void> {
  const { kafka, undelivered } = parts
  undelivered.take(delivery)
  let isWaiting = false
  try {
    const tried = await inTurn(parts, record.key, signal, () => tryDelivery(parts, delivery, signal))
    const follows = tried.errorCode === null ? undefined : errorClasses[tried.errorCode].plan
    if (follows === 'repeat') throw signal.reason
    if (follows === 'wait') throw transient(`${tried.errorCode}`)
    const plan = planNext(delivery, tried)
    const nextAttemptAt = plan.retry?.delivery.not_before ?? null
    const attempt = attemptOf(delivery, tried, { outcome: plan.outcome, nextAttemptAt })
    // The attempt first: killed in between, the same try is made and recorded once more, which the promise of "at least once" allows.
    await writeSurely(
      () => kafka.send(topics.attempts, record.key, attempt, { headers: attemptHeaders(record) }),
      signal,
    )
    parts.report(attempt, tried.origin)
    const { retry, deadLetter } = plan
    if (retry !== undefined) {
      const headers = Object.fromEntries(record.headers)
      await writeSurely(() => kafka.send(retry.topic, record.key, retry.delivery, { headers }), signal)
      undelivered.wait(retry.delivery)
      isWaiting = true
    }
    if (deadLetter !== undefined) throw permanent(deadLetter.code, deadLetter.reason)
  } finally {
    if (!isWaiting) undelivered.drop(delivery.delivery_id)
  }
}

/** What a try belongs to, for whoever follows a webhook through the topics. */
function attemptHeaders({ headers }: InRecord<Delivery>): Readonly<Record<string, Buffer>> {
  const webhookId = headers.get('x-webhook-id')
  return webhookId === undefined ? {} : { 'x-webhook-id': webhookId }
}

/** Runs a try when the endpoint has a place for it, and the process too. */
function inTurn<T>(
  { perEndpoint, overall }: SendParts,
  key: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  return perEndpoint.run(key, () =>
    overall.run('', () => {
      // Its partition may have gone to another process while it waited.
      signal.throwIfAborted()
      return work()
    }),
  )
}
