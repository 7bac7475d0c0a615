import type { Kafka, RawRecord } from '@millrace/kafka'
import type { Topic } from '@millrace/schemas'

type Reader = Pick<Kafka, 'readBatches' | 'ends' | 'starts'>

/**
 * Gives every committed record that the topics hold now to `meet`, undecoded, in one reading of all of them. Keys of encrypted ones are at hand as long as
 * `meet` does not wait.
 * @param from where to go on, by `topic/partition`; changed to where reading ended
 * @param until where to end at the latest, in the same form; some more may be given that came with it
 * @param unopened as of `ReadOptions`
 * @param prepare is waited for before the records of a batch are given
 */
export async function scanTopics(
  kafka: Reader,
  topics: readonly Topic<unknown>[],
  meet: (record: RawRecord) => Promise<void> | undefined,
  {
    signal,
    from = new Map(),
    until = new Map(),
    unopened = false,
    prepare,
  }: {
    readonly signal: AbortSignal
    readonly from?: Map<string, bigint>
    readonly until?: ReadonlyMap<string, bigint>
    readonly unopened?: boolean
    readonly prepare?: (records: readonly RawRecord[]) => Promise<void> | undefined
  },
): Promise<void> {
  const open = await openPlaces(kafka, topics, from, until)
  if (open.size === 0) return
  const wanted = topics.filter(({ name }) => [...open.keys()].some((place) => place.startsWith(`${name}/`)))
  const starts = Array.from(from, ([place, offset]) => ({ ...placeOf(place), offset })).filter(({ topic }) =>
    wanted.some(({ name }) => name === topic),
  )
  for await (const { records, next } of kafka.readBatches(wanted, { from: starts, signal, unopened })) {
    await prepare?.(records)
    for (const record of records) {
      const writing = meet(record)
      // A turn for each would take longer than the keys of a batch are kept at hand.
      if (writing !== undefined) await writing
    }
    for (const { topic, partition, offset } of next) {
      const place = `${topic}/${partition}`
      from.set(place, offset)
      if (offset >= (open.get(place) ?? 0n)) open.delete(place)
    }
    if (open.size === 0) return
  }
  // A reading that was stopped looks like one that came to its end.
  signal.throwIfAborted()
}

/** Partitions that have something to read, with their ends. */
async function openPlaces(
  kafka: Reader,
  topics: readonly Topic<unknown>[],
  from: ReadonlyMap<string, bigint>,
  until: ReadonlyMap<string, bigint>,
): Promise<Map<string, bigint>> {
  const open = new Map<string, bigint>()
  const found = topics.map(async (topic) => {
    const [starts, ends] = await Promise.all([kafka.starts(topic), kafka.ends(topic)])
    for (const [partition, end] of ends) {
      const place = `${topic.name}/${partition}`
      const start = starts.get(partition) ?? 0n
      if (end > start && end > (from.get(place) ?? 0n)) open.set(place, until.get(place) ?? end)
    }
  })
  await Promise.all(found)
  return open
}

function placeOf(place: string): { topic: string; partition: number } {
  const slash = place.lastIndexOf('/')
  return { topic: place.slice(0, slash), partition: Number(place.slice(slash + 1)) }
}
