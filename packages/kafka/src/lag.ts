import { withDeadline } from './backoff.ts'
import { type AdminPort, partitionKey, type TopicPartition } from './port.ts'
import { observeLag } from './telemetry.ts'

export interface LagOptions {
  readonly admin: AdminPort
  /** The group's name for people. */
  readonly group: string
  /** Topics of the registry by their names on the cluster. */
  readonly sources: ReadonlyMap<string, { readonly name: string }>
  /** The partitions that are owned now, each with the next offset to finish. */
  positions(): readonly (TopicPartition & { readonly next: bigint })[]
}

type Labels = { readonly group: string; readonly topic: string; readonly partition: number }

const ENDS_FRESH_MS = 10_000
/** A scrape waits no longer than this for brokers; it goes on with the ends known before. */
const ASK_DEADLINE_MS = 1_000

/**
 * Tells how many records of its partitions a group has not finished. The ends come from the brokers, asked when somebody looks and at most
 * every 10 s: those that came with the last batch stand still just when a consumer that is stuck takes no more. Answers how to stop.
 */
export function startLag({ admin, group, sources, positions }: LagOptions): () => void {
  let ends = new Map<string, bigint>()
  let askedAt = 0
  let asking: Promise<void> | undefined
  let told = new Map<string, Labels>()

  const ask = async () => {
    const found = await Promise.all(
      Array.from(sources.keys(), async (topic) => [topic, await admin.bounds(topic)] as const),
    )
    ends = new Map(
      found.flatMap(([topic, bounds]) =>
        Array.from(bounds, ([partition, { high }]) => [`${topic}-${partition}`, high]),
      ),
    )
    askedAt = Date.now()
  }

  return observeLag(async (observe) => {
    if (Date.now() - askedAt >= ENDS_FRESH_MS) {
      asking ??= ask()
        // Brokers that do not answer are somebody else's to report.
        .catch(() => {})
        .finally(() => {
          asking = undefined
        })
      await withDeadline(asking, ASK_DEADLINE_MS)
    }
    const gone = told
    told = new Map()
    for (const { topic, partition, next } of positions()) {
      const place = partitionKey({ topic, partition })
      const end = ends.get(place)
      if (end === undefined) continue
      const labels = { group, topic: sources.get(topic)?.name ?? topic, partition }
      observe(end > next ? Number(end - next) : 0, labels)
      told.set(place, labels)
      gone.delete(place)
    }
    // The SDK goes on reporting the last value of a series; the new owner tells this one's lag.
    for (const labels of gone.values()) observe(0, labels)
  })
}
