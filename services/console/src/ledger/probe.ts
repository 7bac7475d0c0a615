import type { Kafka } from '@millrace/kafka'
import { deadLetterTopic, type Topic, topics } from '@millrace/schemas'
import type { Positions } from './positions.ts'
import { joined } from './rows.ts'
import type { Watermarks } from './settle.ts'

/** How things stood in Kafka at one moment. */
export interface Probe {
  /** Epoch milliseconds when asking began. */
  readonly at: number
  /** Up to where each partition of events was done by all groups that read them. */
  readonly done: Watermarks
  /** Once the ledger is past these, it holds all that the groups wrote until then. By `joined(topic, partition)`. */
  readonly ends: ReadonlyMap<string, bigint>
}

const groups = topics.events.groups

/** Topics that tell what became of an event, and those that a view of the present is mostly made of. */
const telling: readonly Topic<unknown>[] = [
  topics.events,
  topics.snapshots,
  topics.extractions,
  topics.requested,
  topics.attempts,
  ...groups.map((group) => deadLetterTopic(topics.events as unknown as Topic<unknown>, group)),
] as unknown as readonly Topic<unknown>[]

/**
 * First what is committed, then where the topics end: what a group wrote for an event is below those ends when its commit is past the event.
 * A group that has never committed anything is not in use.
 * @throws PortError while brokers are away
 */
export async function probe(kafka: Pick<Kafka, 'committed' | 'ends'>): Promise<Probe> {
  const at = Date.now()
  const commits = await Promise.all(groups.map((group) => kafka.committed(group, topics.events)))
  const inUse = commits.filter((offsets) => offsets.size > 0)
  const ends = await Promise.all(telling.map(async (topic) => [topic.name, await kafka.ends(topic)] as const))
  const partitions = [...(ends.find(([name]) => name === topics.events.name)?.[1].keys() ?? [])]
  return {
    at,
    done: new Map(
      inUse.length === 0
        ? []
        : partitions.map((partition) => [
            partition,
            Math.min(...inUse.map((offsets) => Number(offsets.get(partition) ?? 0n))),
          ]),
    ),
    ends: new Map(
      ends.flatMap(([name, found]) => Array.from(found, ([partition, end]) => [joined(name, partition), end] as const)),
    ),
  }
}

/** Whether the ledger is past what a probe saw. `starts`: of partitions without a position, which may hold nothing any more. */
export function isPast({ ends }: Probe, positions: Positions, starts: ReadonlyMap<string, bigint>): boolean {
  return [...ends].every(([place, end]) => end <= (positions.get(place)?.offset ?? starts.get(place) ?? 0n))
}
