import type { VerbContext } from './consume.ts'
import { partitionKey } from './port.ts'
import { readInBatches } from './read-batches.ts'
import { createOpening } from './read-opening.ts'
import type { RawRecord, ReadBatch, ReadBatchesOptions, ReadOptions } from './types.ts'

/** Fetched and not taken yet, at most; beyond it nothing is fetched. */
const MAX_BYTES = 8 * 1_048_576
/** Handed over in one batch. */
const MAX_RECORDS = 2_000

/** Reads one topic, record by record. */
export async function* readTopic(
  verbs: VerbContext,
  physical: string,
  logical: string,
  options: ReadOptions,
): AsyncGenerator<RawRecord> {
  const known = await endsFor(verbs, physical, options)
  const batches = readInBatches(verbs, {
    topics: new Map([[physical, logical]]),
    positions: await startsFor(verbs, physical, options, known),
    ends: options.untilEnd === true ? known : undefined,
    isReadCommitted: options.uncommitted !== true,
    maxRecords: MAX_RECORDS,
    maxBytes: MAX_BYTES,
    signal: options.signal,
    whenCut: 'restart',
  })
  if (options.unopened === true) {
    for await (const { records } of batches) yield* records
    return
  }
  const open = createOpening(verbs, options.signal)
  for await (const { records } of open.batches(batches)) {
    for (const record of records) {
      // A caller may take long for a record: the keys of those behind it were only just at hand when the batch came.
      const isReadable = open.isReadable(record)
      if (!(typeof isReadable === 'boolean' ? isReadable : await isReadable)) continue
      yield record
      if (options.signal?.aborted) return
    }
  }
}

/** Reads several topics from places on, batch by batch; see `Kafka.readBatches`. */
export function readTopics(
  verbs: VerbContext,
  topics: ReadonlyMap<string, string>,
  { from = [], maxRecords = MAX_RECORDS, maxBytes = MAX_BYTES, signal, unopened = false }: ReadBatchesOptions,
): AsyncGenerator<ReadBatch> {
  const physical = new Map(Array.from(topics, ([name, logical]) => [logical, name]))
  const positions = from.flatMap(({ topic, partition, offset }) => {
    const name = physical.get(topic)
    return name === undefined ? [] : [[partitionKey({ topic: name, partition }), offset] as const]
  })
  const batches = readInBatches(verbs, {
    topics,
    positions: new Map(positions),
    isReadCommitted: true,
    maxRecords,
    maxBytes,
    signal,
    whenCut: 'throw',
  })
  return unopened ? batches : createOpening(verbs, signal).batches(batches)
}

/** Where reading begins; partitions that are missing begin with their first record. */
async function startsFor(
  verbs: VerbContext,
  physical: string,
  { from }: ReadOptions,
  ends: ReadonlyMap<string, bigint>,
): Promise<ReadonlyMap<string, bigint>> {
  // From the end means from where it is now, not where it will be when the group has been joined.
  if (from === 'end') return new Map([...ends].filter(([, end]) => end > 0n))
  if (typeof from !== 'number') return new Map()
  const offsets = [...(await verbs.offsetsAt(physical, from))].filter(([, offset]) => offset > 0n)
  return new Map(offsets.map(([partition, offset]) => [partitionKey({ topic: physical, partition }), offset]))
}

async function endsFor(
  verbs: VerbContext,
  physical: string,
  { from, untilEnd, signal }: ReadOptions,
): Promise<ReadonlyMap<string, bigint>> {
  if (from !== 'end' && untilEnd !== true) return new Map()
  try {
    return await verbs.ends([physical], signal)
  } catch (error) {
    if (signal?.aborted) return new Map()
    throw error
  }
}
