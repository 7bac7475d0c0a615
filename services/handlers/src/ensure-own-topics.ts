import type { Kafka } from '@millrace/kafka'
import { deadLetterTopic, type Topic, topics } from '@millrace/schemas'

const registered: readonly string[] = topics.events.groups

/** Dead-letter topics for a group that the registry does not know; those of the others come with all topics. */
export async function ensureOwnTopics(
  kafka: Pick<Kafka, 'ends' | 'ensureTopics'>,
  group: string,
  replication: number,
): Promise<void> {
  if (registered.includes(group)) return
  const eventPartitions = (await kafka.ends(topics.events)).size
  const own = [topics.events, topics.replays].map((source) => deadLetterTopic(source, group))
  await kafka.ensureTopics(own as unknown as readonly Topic<unknown>[], { eventPartitions, replication })
}
