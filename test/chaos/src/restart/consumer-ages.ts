import type { Kafka } from '@millrace/kafka'
import { type Topic, topics } from '@millrace/schemas'

/** The age of the oldest record that a group had not finished, as seen from the brokers; `at`: epoch milliseconds. */
export interface AgeSample {
  readonly at: number
  readonly group: string
  readonly ageMs: number
}

export interface ConsumerAges {
  /** The look at which each group was furthest behind. */
  worst(): readonly AgeSample[]
  /** Records that no group has finished yet, by group. */
  behind(): ReadonlyMap<string, number>
  stop(): Promise<void>
}

interface Seen {
  readonly at: number
  readonly end: bigint
}

const EVERY_MS = 500
/** Behind the last record of a transaction stands its marker, which no group commits. */
const MARKER = 1n

/**
 * Asks the brokers twice a second how far each group has committed and where its topics end; a record is as old as the first look that saw an end
 * behind it. So what no process has in hand counts too, which no process could tell.
 */
export function watchConsumerAges(kafka: Kafka): ConsumerAges {
  const read = (Object.values(topics) as unknown as Topic<unknown>[]).filter(({ groups }) => groups.length > 0)
  const ends = new Map<string, Seen[]>()
  const worst = new Map<string, AgeSample>()
  let waiting = new Map<string, number>()
  let isEnding = false

  const lookAt = async (topic: Topic<unknown>, at: number, ages: Map<string, number>, left: Map<string, number>) => {
    const committed = await Promise.all(topic.groups.map((group) => kafka.committed(group, topic)))
    for (const [partition, end] of await kafka.ends(topic)) {
      const seen = noteEnd(ends, `${topic.name}-${partition}`, { at, end })
      for (const [place, group] of topic.groups.entries()) {
        const next = committed[place]?.get(partition) ?? 0n
        const oldest = seen.find((one) => one.end > next + MARKER)
        ages.set(group, Math.max(ages.get(group) ?? 0, oldest === undefined ? 0 : at - oldest.at))
        left.set(group, (left.get(group) ?? 0) + Number(end > next + MARKER ? end - next - MARKER : 0n))
      }
      const isFinished = (end: bigint) => committed.every((one) => (one.get(partition) ?? 0n) + MARKER >= end)
      while (seen.length > 1 && isFinished(seen[0]?.end ?? 0n)) seen.shift()
    }
  }
  const look = async () => {
    const at = Date.now()
    const ages = new Map<string, number>()
    const left = new Map<string, number>()
    await Promise.all(read.map((topic) => lookAt(topic, at, ages, left)))
    for (const [group, ageMs] of ages)
      if (ageMs >= (worst.get(group)?.ageMs ?? 0)) worst.set(group, { at, group, ageMs })
    waiting = left
  }
  const run = async () => {
    while (!isEnding) {
      const began = performance.now()
      // Brokers that are asked too much answer at the next look.
      await look().catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, EVERY_MS - (performance.now() - began))))
    }
  }
  const running = run()
  return {
    worst: () => [...worst.values()].sort((one, other) => other.ageMs - one.ageMs),
    behind: () => waiting,
    async stop() {
      isEnding = true
      await running
    },
  }
}

/** The ends that were seen, oldest first, without those that say nothing new. */
function noteEnd(ends: Map<string, Seen[]>, place: string, now: Seen): Seen[] {
  const seen = ends.get(place) ?? []
  if (seen.at(-1)?.end !== now.end) seen.push(now)
  ends.set(place, seen)
  return seen
}
