import type { Kafka } from '@millrace/kafka'
import type { Topic } from '@millrace/schemas'

/** What a topic has been given since it is followed, as far as records go: ends of partitions count markers of transactions too. */
export interface FollowedTopic {
  count(): number
  /** Whether a group has committed everything that was seen so far. */
  isHandledBy(group: string): Promise<boolean>
  stop(): Promise<void>
}

/** Counts on from the end that the topic has now; resolves once it is known, so that nothing of what is caused after is missed. */
export async function followTopic<V>(kafka: Kafka, topic: Topic<V>): Promise<FollowedTopic> {
  const stopping = new AbortController()
  const from = Array.from(await kafka.ends(topic), ([partition, offset]) => ({ topic: topic.name, partition, offset }))
  const last = new Map<number, bigint>()
  let count = 0
  const following = (async () => {
    const { signal } = stopping
    // Whether values are encrypted makes no difference to who counts them.
    for await (const { records } of kafka.readBatches([topic as Topic<unknown>], { from, signal, unopened: true })) {
      count += records.length
      for (const { partition, offset } of records) last.set(partition, offset)
    }
  })()
  // Told when it is stopped.
  following.catch(() => {})
  return {
    count: () => count,
    async isHandledBy(group) {
      const committed = await kafka.committed(group, topic)
      return [...last].every(([partition, offset]) => (committed.get(partition) ?? 0n) > offset)
    },
    async stop() {
      stopping.abort()
      await following
    },
  }
}
