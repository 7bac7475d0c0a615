import type { Kafka } from '@millrace/kafka'
import { topics } from '@millrace/schemas'

/** The events of one key, in the order in which they were written. */
export interface KeyedEvents {
  readonly ids: readonly string[]
  /** Partition of each. */
  readonly partitions: readonly number[]
}

/** Events by key. Where a key has moved to another partition, what was written there comes after what was written before. */
export async function readEventsByKey(kafka: Kafka): Promise<Map<string, KeyedEvents>> {
  const found: { key: string; id: string; partition: number; offset: bigint; at: number }[] = []
  for await (const record of kafka.read(topics.events, { untilEnd: true })) {
    const event = kafka.decode(topics.events, record)
    if (event === null) continue
    const { partition, offset, timestamp } = record
    found.push({ key: record.key ?? '', id: event.event_id, partition, offset, at: timestamp })
  }
  const groups = Map.groupBy(found, ({ key }) => key)
  return new Map(
    Array.from(groups, ([key, all]) => {
      const inOrder = byPartition(all)
      return [key, { ids: inOrder.map(({ id }) => id), partitions: inOrder.map(({ partition }) => partition) }]
    }),
  )
}

/** A key is in one partition at a time: the partitions in the order of their first record, each by its offsets. */
function byPartition<T extends { readonly partition: number; readonly offset: bigint; readonly at: number }>(
  all: readonly T[],
): T[] {
  const parts = [...Map.groupBy(all, ({ partition }) => partition).values()]
  const first = (part: readonly T[]) => Math.min(...part.map(({ at }) => at))
  return parts
    .sort((a, b) => first(a) - first(b))
    .flatMap((part) => part.toSorted((a, b) => (a.offset < b.offset ? -1 : 1)))
}
