import { topicKey } from '@millrace/domain'
import type { Kafka, Running } from '@millrace/kafka'
import { type ConversationSnapshot, topics, type WebhookEvent } from '@millrace/schemas'
import type { KnownTimes } from './known-times.ts'

export interface FollowParts {
  readonly kafka: Kafka
  readonly known: KnownTimes
  /** Called with each event, once or after a crash again. */
  onEvent(event: WebhookEvent): void
}

/** Notes up to when conversations are known, from events and from snapshots. */
export function followTopics({ kafka, known, onEvent }: FollowParts): { events: Running; snapshots: Running } {
  const events = kafka.consume<WebhookEvent>({
    group: 'poller-events',
    topics: [topics.events],
    // A time is only ever raised, so order is of no use.
    ordering: 'none',
    handle: async ({ value: event }) => {
      if (event === null || event.provider !== 'front') return
      onEvent(event)
      if (event.conversation_id === null) return
      await known.note('events', topicKey(event.tenant, event.account), event.conversation_id, event.occurred_at)
    },
  })
  const snapshots = kafka.consume<ConversationSnapshot>({
    group: 'poller-snapshots',
    topics: [topics.snapshots],
    ordering: 'none',
    handle: async ({ value: snapshot }) => {
      if (snapshot === null) return
      const { tenant, account, conversation_id, as_of } = snapshot
      await known.note('snapshots', topicKey(tenant, account), conversation_id, as_of)
    },
  })
  return { events, snapshots }
}
