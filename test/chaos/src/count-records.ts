import type { Kafka } from '@millrace/kafka'
import type { Topic } from '@millrace/schemas'

/** Where the topics end, summed: it stands still once nobody writes to them. */
export async function countRecords(kafka: Pick<Kafka, 'ends'>, topics: readonly Topic<unknown>[]): Promise<number> {
  const ends = await Promise.all(topics.map((topic) => kafka.ends(topic)))
  return ends.reduce((sum, end) => sum + [...end.values()].reduce((all, offset) => all + Number(offset), 0), 0)
}
