import type { Kafka, Log, RunningTransform, TransformBatch, TransformOptions, TransformResult } from '@millrace/kafka'
import { type ReceivedWebhook, topics } from '@millrace/schemas'
import type { ClaimBatch, ClaimStore, ClaimVerdict } from './claim-store.ts'
import { claimRequestOf, outputsOf } from './decide.ts'
import { DedupError } from './errors.ts'
import type { Gate } from './gate.ts'
import { type FieldsOf, nameReceived } from './name-received.ts'
import { refill } from './refill.ts'

export interface DedupParts {
  readonly kafka: Kafka
  readonly store: ClaimStore
  readonly log: Log
  readonly fieldsOf: FieldsOf
  /** Which copies count, by the modes of their sources. */
  readonly gate: Gate
  /** Called with each verdict, the source it belongs to and the event's canonical type, for the counters. */
  onVerdict(verdict: ClaimVerdict['verdict'], source: string, type: string): void
}

/** Received webhooks into events, each once: claims in Redis decide, one transaction an input partition makes it exactly once. */
export function startDedup(parts: DedupParts): RunningTransform<ReceivedWebhook> {
  const { kafka, fieldsOf, gate, store } = parts
  const stopping = new AbortController()
  const claim = createClaiming(parts, () => transform, stopping.signal)

  const transform: RunningTransform<ReceivedWebhook> = kafka.transform({
    group: 'dedup',
    from: [topics.received],
    tables: [gate],
    apply: (batch) => applyTo(batch, parts, claim),
    beforeDeadLetter: releaseFor(store, fieldsOf),
    beforeSkip: async (batch) => void (await claim({ ...batch, requests: [] })),
  })
  return {
    ...transform,
    close: (deadlineMs) => {
      stopping.abort()
      return transform.close(deadlineMs)
    },
  }
}

type Claim = (batch: ClaimBatch) => Promise<readonly ClaimVerdict[]>

/** Claims, and has the claims read back where Redis does not hold them. */
function createClaiming(
  { kafka, store, log }: DedupParts,
  transform: () => RunningTransform<ReceivedWebhook>,
  signal: AbortSignal,
): Claim {
  return async (batch) => {
    const answer = await store.claim(batch)
    if (answer.kind === 'claimed') return answer.verdicts
    if (answer.kind === 'behind') {
      const committed = (await transform().committed(topics.received)).get(batch.partition) ?? 0n
      if (committed >= answer.reached)
        throw new DedupError('MR_DEDUP_NOT_OWNER', `partition ${batch.partition} went on elsewhere`)
    }
    const isDone = await refill({ kafka, store, transform: transform(), log, signal }, answer.incarnation)
    throw new DedupError(
      'MR_DEDUP_REFILLING',
      isDone ? 'claims were read back' : 'another process reads the claims back',
    )
  }
}

async function applyTo(
  batch: TransformBatch<ReceivedWebhook>,
  { fieldsOf, gate, onVerdict }: DedupParts,
  claim: Claim,
): Promise<TransformResult> {
  const webhooks = batch.records.flatMap((record) =>
    record.value === null ? [] : [nameReceived(record, record.value, fieldsOf)],
  )
  const counts = await gate.counts(webhooks)
  const verdicts = await claim({
    partition: batch.partition,
    committed: batch.committed,
    next: (batch.records.at(-1)?.offset ?? batch.committed - 1n) + 1n,
    requests: webhooks.map((webhook, place) => claimRequestOf(webhook, counts[place] !== false)),
  })
  return {
    outputs: outputsOf(webhooks, verdicts),
    afterCommit: async () => {
      for (const [place, { verdict }] of verdicts.entries()) {
        const named = webhooks[place]
        if (named !== undefined) onVerdict(verdict, named.webhook.source, named.description.type)
      }
    },
  }
}

function releaseFor(
  store: ClaimStore,
  fieldsOf: FieldsOf,
): NonNullable<TransformOptions<ReceivedWebhook>['beforeDeadLetter']> {
  return async (records) => {
    const requests = records.flatMap((record) => {
      if (record.value === null) return []
      try {
        const { claim } = nameReceived(record, record.value, fieldsOf)
        return [{ claim, position: record.id }]
      } catch {
        // What cannot be named was never claimed.
        return []
      }
    })
    await store.release(requests)
  }
}
