import type { Kafka } from '@millrace/kafka'
import { type Topic, topics } from '@millrace/schemas'

export interface ConsumerLag {
  readonly group: string
  readonly topic: string
  /** Records that the group has not finished; null where it has never committed, or Kafka does not tell. */
  readonly lag: number | null
}

/** How far every consumer group of ours is behind, for each topic that it reads. */
export async function readConsumerLag(kafka: Pick<Kafka, 'committed' | 'ends' | 'starts'>): Promise<ConsumerLag[]> {
  const read = (Object.values(topics) as unknown as Topic<unknown>[]).filter(({ groups }) => groups.length > 0)
  const lags = await Promise.all(read.map((topic) => lagsOf(kafka, topic)))
  return lags.flat().sort((a, b) => (b.lag ?? 0) - (a.lag ?? 0) || (a.group < b.group ? -1 : 1))
}

async function lagsOf(
  kafka: Pick<Kafka, 'committed' | 'ends' | 'starts'>,
  topic: Topic<unknown>,
): Promise<ConsumerLag[]> {
  // A topic that an older installation has not made yet.
  const bounds = await Promise.all([kafka.ends(topic), kafka.starts(topic)]).catch(() => undefined)
  if (bounds === undefined) return topic.groups.map((group) => ({ group, topic: topic.name, lag: null }))
  const [ends, starts] = bounds
  return await Promise.all(
    topic.groups.map(async (group) => ({
      group,
      topic: topic.name,
      lag: lagOf(await kafka.committed(group, topic), ends, starts),
    })),
  )
}

type Offsets = ReadonlyMap<number, bigint>

/** What a group without a commit in a partition has not read is all of it; without any commit it was never there. */
export function lagOf(committed: Offsets, ends: Offsets, starts: Offsets): number | null {
  if (committed.size === 0) return null
  let lag = 0n
  for (const [partition, end] of ends) {
    const start = starts.get(partition) ?? 0n
    const next = committed.get(partition) ?? start
    const from = next > start ? next : start
    if (end > from) lag += end - from
  }
  return Number(lag)
}
