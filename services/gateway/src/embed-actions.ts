import type { Kafka, Position } from '@millrace/kafka'
import { type ReceivedWebhook, topics } from '@millrace/schemas'
import { GatewayError } from './errors.ts'

/** One event as an action gets it: proven, split from its array, its payload the sender's own bytes. */
export interface ReceivedEvent {
  readonly webhookId: string
  readonly source: string
  readonly tenant: string
  readonly provider: string
  /** Canonical type, such as `message.received`. */
  readonly type: string
  readonly conversationId: string | null
  /** Epoch milliseconds. */
  readonly receivedAt: number
  /** Chosen headers, never a proof. */
  readonly headers: Readonly<Record<string, string>>
  readonly payload: Buffer
}

/**
 * What becomes of an event instead of a record in Kafka. The sender gets 2xx once it has resolved, for all events of a request, so it must not
 * resolve before the event is safe. When it throws, or takes longer than `actionTimeoutMs`, the sender gets 503 and sends the event again:
 * it must bear the same event twice.
 * @param signal aborts at the time-out
 */
export type Action = (event: ReceivedEvent, signal: AbortSignal) => Promise<void> | void

type Sink = Pick<Kafka, 'send' | 'isReachable' | 'isCongested'>

export interface ActionSinkOptions {
  readonly actionOf: (source: string) => Action | undefined
  readonly kafka: Sink | undefined
  readonly timeoutMs: number
  onFailed(source: string, error: unknown): void
}

/** Stands where Kafka does: events of a source with an action go there, all others to Kafka. */
export function createActionSink({ actionOf, kafka, timeoutMs, onFailed }: ActionSinkOptions): Sink {
  let handled = 0n
  const act = async (action: Action, event: ReceivedEvent): Promise<Position> => {
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      await Promise.race([action(event, signal), rejectedBy(signal)])
    } catch (error) {
      onFailed(event.source, error)
      throw new GatewayError('MR_GATEWAY_ACTION_FAILED', { retryAfterSeconds: 5, cause: error })
    }
    const offset = handled++
    return { topic: 'action', partition: 0, offset, id: `action-${event.source}-${offset}` }
  }
  return {
    send: (topic, key, value, options) => {
      const webhook = topic.name === topics.received.name ? (value as ReceivedWebhook | null) : null
      const action = webhook === null ? undefined : actionOf(webhook.source)
      if (webhook !== null && action !== undefined) return act(action, eventOf(webhook, options?.headers ?? {}))
      if (kafka !== undefined) return kafka.send(topic, key, value, options)
      // Samples of what was refused have nowhere to go without Kafka; the log has them.
      return Promise.reject(
        new GatewayError('MR_GATEWAY_EMBEDDING', { detail: 'The source has no action, and there is no Kafka.' }),
      )
    },
    isReachable: () => kafka?.isReachable() ?? true,
    isCongested: () => kafka?.isCongested() ?? false,
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
}

function eventOf(webhook: ReceivedWebhook, headers: Readonly<Record<string, string | Buffer>>): ReceivedEvent {
  const { webhook_id, source, tenant, provider, received_at, payload } = webhook
  return {
    webhookId: webhook_id,
    source,
    tenant,
    provider,
    type: String(headers.ce_type ?? ''),
    conversationId: headers.ce_subject === undefined ? null : String(headers.ce_subject),
    receivedAt: received_at,
    headers: webhook.headers,
    payload,
  }
}
