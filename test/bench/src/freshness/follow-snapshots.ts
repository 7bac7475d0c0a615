import type { Kafka } from '@millrace/kafka'
import { type ConversationSnapshot, topics } from '@millrace/schemas'

/** What a read_committed reader of the snapshots has seen so far. */
export interface FollowedSnapshots {
  /** The newest one of a conversation. */
  get(conversationId: string): ConversationSnapshot | undefined
  /** Epoch milliseconds at which the first snapshot that reflects the event was here. */
  reflectedAt(eventId: string): number | undefined
  readonly size: number
  /** Records read. */
  readonly records: number
  stop(): Promise<void>
}

/** Follows the topic from its beginning. Times are those of arrival here, behind the commit, so a slow reader only makes them later. */
export function followSnapshots(kafka: Kafka): FollowedSnapshots {
  const snapshots = new Map<string, ConversationSnapshot>()
  const reflected = new Map<string, number>()
  const stop = new AbortController()
  let records = 0
  const follow = async () => {
    for await (const record of kafka.read(topics.snapshots, { signal: stop.signal })) {
      const snapshot = kafka.decode(topics.snapshots, record)
      if (snapshot === null) continue
      records++
      snapshots.set(snapshot.conversation_id, snapshot)
      const now = Date.now()
      for (const id of snapshot.caused_by) if (!reflected.has(id)) reflected.set(id, now)
    }
  }
  const following = follow()
  // Told by `stop`.
  following.catch(() => {})
  return {
    get: (id) => snapshots.get(id),
    reflectedAt: (id) => reflected.get(id),
    get size() {
      return snapshots.size
    },
    get records() {
      return records
    },
    stop: async () => {
      stop.abort()
      await following
    },
  }
}
