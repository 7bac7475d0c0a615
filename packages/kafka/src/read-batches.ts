import { randomUUID } from 'node:crypto'
import type { VerbContext } from './consume.ts'
import { KafkaError } from './errors.ts'
import { leaveOwnGroup } from './own-group.ts'
import { type FetchedRecord, type MemberEvents, type MemberPort, partitionKey, type TopicPartition } from './port.ts'
import { createReadBuffer, type ReadBuffer } from './read-buffer.ts'
import type { RawRecord, ReadBatch } from './types.ts'

export interface BatchReading {
  /** Topics of the registry by their names on the cluster. */
  readonly topics: ReadonlyMap<string, string>
  /** By `partitionKey`; the next offset to read. */
  readonly positions: ReadonlyMap<string, bigint>
  /** By `partitionKey`: reading ends there. */
  readonly ends?: ReadonlyMap<string, bigint> | undefined
  readonly isReadCommitted: boolean
  readonly maxRecords: number
  readonly maxBytes: number
  readonly signal?: AbortSignal | undefined
  /** `throw` MR_KAFKA_LOG_CUT, or `restart` the partition from its beginning, when a log ends below what was read of it. */
  readonly whenCut: 'throw' | 'restart'
}

/**
 * Reads topics outside any lasting group: one member of a group of its own that never commits. What waits to be taken is at most `maxBytes`, and
 * one fetched answer of each broker more.
 */
export async function* readInBatches(verbs: VerbContext, reading: BatchReading): AsyncGenerator<ReadBatch> {
  const { signal, ends, topics, positions } = reading
  if (signal?.aborted || (ends !== undefined && hasNothing(positions, ends))) return
  const group = `${verbs.prefix}reader.${randomUUID()}`
  const buffer = createReadBuffer(reading.positions, reading)
  const waker = createWaker()
  let failure: Error | undefined
  const fail = (error: Error) => {
    failure ??= error
    waker.wake()
  }
  const member: MemberPort = verbs.port.member({
    group,
    topics: [...topics.keys()],
    isReadCommitted: reading.isReadCommitted,
    from: 'beginning',
    events: eventsOf(buffer, reading, { wake: waker.wake, fail, member: () => member }),
  })
  const toBatch = () => {
    const { taken, next } = buffer.take()
    const records = taken.map(({ tp, record }) => rawOf(verbs, topics, tp, record))
    return { records, next: byTopic(next, topics) }
  }

  signal?.addEventListener('abort', waker.wake)
  void member.start()
  try {
    while (!signal?.aborted) {
      if (buffer.hasNews()) {
        const batch = toBatch()
        // Before it is empty: what comes next is fetched while this is worked on.
        if (!buffer.isFull()) for (const tp of buffer.resumable()) member.resume(tp)
        yield batch
        continue
      }
      if (failure !== undefined) throw failure
      if (ends !== undefined && buffer.hasPassed(ends)) return
      for (const tp of buffer.resumable()) member.resume(tp)
      await waker.sleep()
    }
  } finally {
    signal?.removeEventListener('abort', waker.wake)
    await leaveOwnGroup(verbs, member, group)
  }
}

/** Whether no partition has a record between where it begins and where it ends. */
function hasNothing(positions: BatchReading['positions'], ends: ReadonlyMap<string, bigint>): boolean {
  return [...ends].every(([place, end]) => (positions.get(place) ?? 0n) >= end)
}

interface Reactions {
  wake(): void
  fail(error: Error): void
  member(): MemberPort
}

function eventsOf(buffer: ReadBuffer, { whenCut }: BatchReading, { wake, fail, member }: Reactions): MemberEvents {
  return {
    assigned: (partitions) => {
      for (const tp of partitions) {
        const position = buffer.own(tp)
        if (position !== undefined) member().seek(tp, position)
        if (!buffer.isFull()) member().resume(tp)
      }
    },
    kept: (tp) => buffer.position(tp),
    lost: (partitions, isVoid) => {
      for (const tp of partitions) buffer.lose(tp, isVoid === true)
      const [first] = partitions
      if (isVoid && whenCut === 'throw' && first !== undefined)
        fail(new KafkaError('MR_KAFKA_LOG_CUT', `${partitionKey(first)} ends below what was read of it`))
    },
    records: (tp, records) => {
      buffer.put(tp, records)
      if (buffer.isFull()) for (const each of buffer.pausable()) member().pause(each)
      wake()
    },
    rebalancing: () => {},
    passed: (tp, next) => {
      buffer.pass(tp, next)
      wake()
    },
    fatal: fail,
  }
}

function rawOf(
  { mapper }: VerbContext,
  topics: ReadonlyMap<string, string>,
  tp: TopicPartition,
  record: FetchedRecord,
): RawRecord {
  return mapper.raw(topics.get(tp.topic) ?? tp.topic, tp.partition, record)
}

function byTopic(
  next: ReadonlyMap<string, TopicPartition & { readonly next: bigint }>,
  topics: ReadonlyMap<string, string>,
): ReadBatch['next'] {
  return Array.from(next.values(), ({ topic, partition, next: offset }) => ({
    topic: topics.get(topic) ?? topic,
    partition,
    offset,
  }))
}

/** Sleeps until something has happened, also when it happened just before. */
function createWaker() {
  let isDue = false
  let notify: (() => void) | undefined
  return {
    wake: () => {
      isDue = true
      notify?.()
    },
    sleep: async () => {
      if (!isDue) {
        await new Promise<void>((resolve) => {
          notify = resolve
        })
      }
      notify = undefined
      isDue = false
    },
  }
}
