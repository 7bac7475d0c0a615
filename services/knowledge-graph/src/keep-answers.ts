import {
  aboutOf,
  CONTENT_WINDOW_MS,
  DEDUP_WINDOW_MS,
  MAKE_CONTENT_WINDOW_MS,
  replyKeyOfEvent,
  topicKey,
} from '@millrace/domain'
import { createSealedTexts, type RecordCipher, reachingRedis } from '@millrace/kafka'
import type { WebhookEvent } from '@millrace/schemas'
import type { Redis } from 'ioredis'

/** An event that somebody waits for, with its answer. */
export interface Answered {
  readonly event: WebhookEvent
  readonly answer: Buffer
}

/** Where answers are kept for the gateway. */
export interface AnswerPlace {
  readonly redis: Redis
  /** Encrypts them by the key of whom their event is about. */
  readonly cipher?: RecordCipher | undefined
}

/** Redis key under which the gateway looks for an event's answer. */
export function answerKey(event: WebhookEvent): string {
  return `reply:${replyKeyOfEvent(event)}`
}

/**
 * Milliseconds for which an answer is still good at `now`: as long as a repeat counts as the same event. Zero or less once a repeat would be a
 * new event with an answer of its own.
 */
export function answerLifeMs(event: WebhookEvent, now: number): number {
  const contentWindow = event.provider === 'make' ? MAKE_CONTENT_WINDOW_MS : CONTENT_WINDOW_MS
  return event.received_at + (event.identity === 'content-hash' ? contentWindow : DEDUP_WINDOW_MS) - now
}

/**
 * Stores the answers and tells the gateways that wait, before the commit: the same event always has the same bytes, so a second run stores and
 * tells what the first did, and nobody waits for a transaction that changes nothing for him. The message is the answer's key; Redis runs the
 * commands of a pipeline in order, so what is announced is there. A lost announcement is made good by the gateways' next look. About whom was erased
 * nothing is stored.
 * @throws KafkaError `MR_KAFKA_REDIS_UNAVAILABLE` (retryable), and what fetching keys throws
 */
export async function giveAnswers(
  { redis, cipher }: AnswerPlace,
  answered: readonly Answered[],
  now: number,
): Promise<void> {
  const living = answered.filter(({ event }) => answerLifeMs(event, now) > 0)
  if (living.length === 0) return
  const sealed = createSealedTexts(cipher)
  await reachingRedis('store answers', async () => {
    await sealed.prepareSeal(
      living.map(({ event }) => subjectOf(event)),
      'aging',
    )
    const pipeline = redis.pipeline()
    for (const { event, answer } of living) {
      const text = sealed.seal(subjectOf(event), answer, 'aging')
      if (text !== undefined) pipeline.set(answerKey(event), text, 'PX', Math.ceil(answerLifeMs(event, now)))
    }
    for (const { event } of living) if (event.reply_to !== null) pipeline.publish(event.reply_to, answerKey(event))
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error
  })
}

function subjectOf(event: WebhookEvent): string {
  return topicKey(event.tenant, aboutOf(event))
}
