import { describePayload, eventIdOf, nameEvent, parseJson, replyKeyOfEvent } from '@millrace/domain'
import { type ReceivedWebhook, topics } from '@millrace/schemas'
import type { Installation } from './installation.ts'

export interface FakeKnowledgeGraph {
  /** Events that it answered, by reply key. */
  readonly answered: ReadonlyMap<string, string>
  stop(): Promise<void>
}

export interface FakeOptions {
  /** What it answers; default: `processed` with the webhook id. */
  readonly answer?: (webhook: ReceivedWebhook) => object
  /** Announces the answer. Default true. */
  readonly isAnnounced?: boolean
}

/** Stands in for dedup and knowledge-graph: answers each event once, as they would, under the key and on the channel that they would use. */
export function startFakeKnowledgeGraph(at: Installation, options: FakeOptions = {}): FakeKnowledgeGraph {
  const { answer = ({ webhook_id }) => ({ webhook_id, status: 'processed' }), isAnnounced = true } = options
  const answered = new Map<string, string>()
  const stop = new AbortController()
  const work = async () => {
    for await (const record of at.kafka.read(topics.received, { from: 'beginning', signal: stop.signal })) {
      const webhook = at.kafka.decode(topics.received, record)
      const key = webhook === null ? '' : `reply:${replyKeyOfReceived(webhook)}`
      if (webhook === null || answered.has(key)) continue
      const text = JSON.stringify(answer(webhook))
      answered.set(key, text)
      await at.redis.set(key, text)
      if (isAnnounced && webhook.reply_to !== null) await at.redis.publish(webhook.reply_to, key)
    }
  }
  const running = work()
  return {
    answered,
    async stop() {
      stop.abort()
      await running
    },
  }
}

function replyKeyOfReceived(webhook: ReceivedWebhook): string {
  const parsed = parseJson(webhook.payload)
  const identity = nameEvent({
    provider: webhook.provider,
    description: describePayload(webhook.provider, parsed.ok ? parsed.value : null),
    headers: webhook.headers,
    bytes: webhook.payload,
    batchIndex: webhook.batch_index,
  })
  return replyKeyOfEvent({ ...webhook, identity: identity.kind, event_id: eventIdOf(identity, webhook.received_at) })
}
