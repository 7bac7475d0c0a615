import type { VerbContext } from './consume.ts'
import { partitionKey } from './port.ts'
import { readInBatches } from './read-batches.ts'
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
    // From the end means from where it is now, not where it will be when the group has been joined.
    positions: new Map(options.from === 'end' ? [...known].filter(([, end]) => end > 0n) : []),
    ends: options.untilEnd === true ? known : undefined,
    isReadCommitted: options.uncommitted !== true,
    maxRecords: MAX_RECORDS,
    maxBytes: MAX_BYTES,
    signal: options.signal,
    whenCut: 'restart',
  })
  for await (const { records } of batches) {
    for (const record of records) {
      yield record
      if (options.signal?.aborted) return
    }
  }
}

/** Reads several topics from places on, batch by batch; see `Kafka.readBatches`. */
export function readTopics(
  verbs: VerbContext,
  topics: ReadonlyMap<string, string>,
  { from = [], maxRecords = MAX_RECORDS, maxBytes = MAX_BYTES, signal }: ReadBatchesOptions,
): AsyncGenerator<ReadBatch> {
  const physical = new Map(Array.from(topics, ([name, logical]) => [logical, name]))
  const positions = from.flatMap(({ topic, partition, offset }) => {
    const name = physical.get(topic)
    return name === undefined ? [] : [[partitionKey({ topic: name, partition }), offset] as const]
  })
  return readInBatches(verbs, {
    topics,
    positions: new Map(positions),
    isReadCommitted: true,
    maxRecords,
    maxBytes,
    signal,
    whenCut: 'throw',
  })
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
