import type { Kafka, Log, RunningTransform, TransformBatch, TransformResult } from '@millrace/kafka'
import { type ReceivedWebhook, topics } from '@millrace/schemas'
import type { ClaimStore, ClaimVerdict } from './claim-store.ts'
import { claimRequestOf, outputsOf } from './decide.ts'
import { DedupError } from './errors.ts'
import { type EventIdFieldOf, nameReceived } from './name-received.ts'
import { refill } from './refill.ts'

export interface DedupParts {
  readonly kafka: Kafka
  readonly store: ClaimStore
  readonly log: Log
  readonly eventIdFieldOf: EventIdFieldOf
  /** Called with each verdict and the source it belongs to, for the counters. */
  onVerdict(verdict: ClaimVerdict['verdict'], source: string): void
}

/** Received webhooks into events, each once: claims in Redis decide, one transaction an input partition makes it exactly once. */
export function startDedup({
  kafka,
  store,
  log,
  eventIdFieldOf,
  onVerdict,
}: DedupParts): RunningTransform<ReceivedWebhook> {
  const named = (batch: TransformBatch<ReceivedWebhook>) =>
    batch.records.flatMap((record) =>
      record.value === null ? [] : [nameReceived(record, record.value, eventIdFieldOf)],
    )

  const apply = async (batch: TransformBatch<ReceivedWebhook>): Promise<TransformResult> => {
    const webhooks = named(batch)
    const last = batch.records.at(-1)
    const verdicts = await store.claim({
      partition: batch.partition,
      committed: batch.committed,
      next: (last?.offset ?? 0n) + 1n,
      requests: webhooks.map(claimRequestOf),
    })
    if (verdicts === undefined) {
      const isDone = await refill({ kafka, store, transform: () => transform, log })
      throw new DedupError(
        'MR_DEDUP_REFILLING',
        isDone ? 'claims were read back' : 'another process reads the claims back',
      )
    }
    return {
      outputs: outputsOf(webhooks, verdicts),
      afterCommit: async () => {
        for (const [place, { verdict }] of verdicts.entries()) onVerdict(verdict, webhooks[place]?.webhook.source ?? '')
      },
    }
  }

  const transform: RunningTransform<ReceivedWebhook> = kafka.transform({
    group: 'dedup',
    from: [topics.received],
    apply,
    beforeDeadLetter: async (records) => {
      const requests = records.flatMap((record) => {
        if (record.value === null) return []
        try {
          return [claimRequestOf(nameReceived(record, record.value, eventIdFieldOf))]
        } catch {
          // What cannot be named was never claimed.
          return []
        }
      })
      await store.release(requests)
    },
  })
  return transform
}
