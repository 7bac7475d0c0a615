import { withDeadline } from './backoff.ts'
import { type AdminPort, partitionKey, type TopicPartition } from './port.ts'
import { observeLag } from './telemetry.ts'

export interface LagOptions {
  readonly admin: AdminPort
  /** The group's name for people. */
  readonly group: string
  /** Topics of the registry by their names on the cluster. */
  readonly sources: ReadonlyMap<string, { readonly name: string }>
  /** The partitions that are owned now, each with the next offset to finish and, where its record is here, when that was written (epoch milliseconds). */
  positions(): readonly (TopicPartition & { readonly next: bigint; readonly writtenAt?: number | undefined })[]
}

type Labels = { readonly group: string; readonly topic: string; readonly partition: number }

const ENDS_FRESH_MS = 10_000
/** A scrape waits no longer than this for brokers; it goes on with the ends known before. */
const ASK_DEADLINE_MS = 1_000

/**
 * Tells how many records of its partitions a group has not finished, and for how long the oldest has been waiting. The ends come from the brokers, asked when somebody looks and at most
 * every 10 s: those that came with the last batch stand still just when a consumer that is stuck takes no more. Answers how to stop.
 */
export function startLag({ admin, group, sources, positions }: LagOptions): () => void {
  let ends = new Map<string, bigint>()
  let askedAt = 0
  let asking: Promise<void> | undefined
  let told = new Map<string, Labels>()
  /** Where each partition with unfinished records stands, and since when this process has seen it stand there. */
  const standing = new Map<string, { readonly next: bigint; readonly since: number }>()

  /** Of a record that was not fetched yet only the time is known since when it is the next one: it is at least that old. */
  const ageOf = (place: string, next: bigint, writtenAt: number | undefined): number => {
    const now = Date.now()
    const known = standing.get(place)
    const stood = known?.next === next ? known : { next, since: now }
    standing.set(place, stood)
    return Math.max(0, now - Math.min(stood.since, writtenAt ?? stood.since)) / 1_000
  }

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
    for (const { topic, partition, next, writtenAt } of positions()) {
      const place = partitionKey({ topic, partition })
      const end = ends.get(place)
      if (end === undefined) continue
      const labels = { group, topic: sources.get(topic)?.name ?? topic, partition }
      if (end > next) observe(Number(end - next), ageOf(place, next, writtenAt), labels)
      else {
        standing.delete(place)
        observe(0, 0, labels)
      }
      told.set(place, labels)
      gone.delete(place)
    }
    // The SDK goes on reporting the last value of a series; the new owner tells this one's lag.
    for (const [place, labels] of gone) {
      standing.delete(place)
      observe(0, 0, labels)
    }
  })
}
