import type { Kafka } from '@millrace/kafka'
import { type Attempt, topics } from '@millrace/schemas'
import { type Account, counted, place } from './account.ts'
import type { Posted } from './post-sample.ts'
import { watchTopic } from './watch-topic.ts'

/** Notes where the topics end now; what it gives follows one webhook, once that has been posted, through all of them. */
export async function prepareFront(
  kafka: Kafka,
  deadlineMs: number,
  endpointId: string | null,
): Promise<(posted: Posted, account: Account) => Promise<void>> {
  const received = await watchTopic(kafka, topics.received)
  const events = await watchTopic(kafka, topics.events)
  const snapshots = await watchTopic(kafka, topics.snapshots)
  const attempts = await watchTopic(kafka, topics.attempts)
  return async (posted, account) => {
    const { webhookId, sample } = posted
    const hops = [
      received.first((value) => value.webhook_id === webhookId, deadlineMs),
      events.first((value) => value.webhook_id === webhookId, deadlineMs),
      snapshots.first((value) => value.conversation_id === sample.conversationId, deadlineMs),
      endpointId === null ? undefined : attempts.first(isTry(sample.eventId, endpointId), deadlineMs),
    ] as const
    // They are read side by side and told one after the other; an early failure of a later one must not end the process.
    for (const hop of hops) hop?.catch(() => {})
    const inbox = await hops[0]
    account.hop(
      inbox.record.timestamp,
      place(inbox.record),
      `as it came: ${inbox.value.payload.length} bytes, verified by scheme ${inbox.value.scheme}`,
    )
    account.answered(posted, 'stored by all replicas')
    const event = await hops[1]
    account.hop(
      event.record.timestamp,
      place(event.record),
      `once: ${event.value.type}, priority ${event.value.priority}, event ${event.value.event_id}`,
    )
    const snapshot = await hops[2]
    const { status, messages, comments, completeness } = snapshot.value
    account.hop(
      snapshot.record.timestamp,
      place(snapshot.record),
      `${counted(messages.length, 'message')}, ${counted(comments.length, 'comment')}, status ${status}, ${completeness}`,
    )
    const attempt = await hops[3]
    if (!attempt) return
    const { value } = attempt
    const answer = value.status_code === null ? `gave no answer (${value.error_code})` : `answered ${value.status_code}`
    account.hop(
      value.started_at + value.duration_ms,
      place(attempt.record),
      `try ${value.attempt}: the endpoint ${answer} after ${value.duration_ms} ms`,
    )
  }
}

function isTry(eventId: string | null, endpointId: string): (attempt: Attempt) => boolean {
  return (attempt) => attempt.event_id === eventId && attempt.endpoint_id === endpointId
}
