import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka } from '@millrace/kafka'
import { type Topic, topics } from '@millrace/schemas'

type Reader = Pick<Kafka, 'ends' | 'starts' | 'committed'>
type Group = readonly [topic: Topic<unknown>, group: string]

/** Who makes nodes of the graph, one after the other. */
const stages: readonly (readonly Group[])[] = [
  [[topics.received, 'dedup']],
  [
    [topics.events, 'knowledge-extract'],
    [topics.replays, 'knowledge-extract'],
    [topics.snapshots, 'knowledge-snapshots'],
  ],
  [[topics.observations, 'knowledge-fold']],
] as unknown as readonly (readonly Group[])[]

const LOOK_EVERY_MS = 1_000

/**
 * Waits until the services that make the graph are done with what was there when it was called, at most until `until` (epoch milliseconds): a service that heard of an
 * erasure late may have written more of it before that. @returns whether they are
 */
export async function untilWorkedOff(kafka: Reader, until: number, signal: AbortSignal): Promise<boolean> {
  for (const stage of stages) {
    const open = new Map<Group, ReadonlyMap<number, bigint>>()
    await Promise.all(stage.map(async (group) => open.set(group, await endsOf(kafka, group))))
    while (open.size > 0) {
      await Promise.all(
        [...open].map(async ([group, ends]) => (await isPast(kafka, group, ends)) && open.delete(group)),
      )
      if (open.size === 0) break
      if (Date.now() > until) return false
      await sleep(LOOK_EVERY_MS, undefined, { signal })
    }
  }
  return true
}

/** Of partitions that have a record. */
async function endsOf(kafka: Reader, [topic]: Group): Promise<ReadonlyMap<number, bigint>> {
  const [starts, ends] = await Promise.all([kafka.starts(topic), kafka.ends(topic)])
  return new Map([...ends].filter(([partition, end]) => end > (starts.get(partition) ?? 0n)))
}

async function isPast(kafka: Reader, [topic, group]: Group, ends: ReadonlyMap<number, bigint>): Promise<boolean> {
  const committed = await kafka.committed(group, topic)
  // Nobody has ever been there.
  if (committed.size === 0) return true
  // Behind the last record there may be the mark of its transaction.
  return [...ends].every(([partition, end]) => (committed.get(partition) ?? 0n) + 1n >= end)
}
