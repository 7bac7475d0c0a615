import type { Topic } from '@millrace/schemas'
import { backoffMs, pauseFor } from './backoff.ts'
import { chunked } from './chunks.ts'
import type { VerbContext } from './consume.ts'
import { deadLetter, reportDeadLetter, stackOf } from './dead-letter.ts'
import { refusal } from './errors.ts'
import type { PartitionOwner } from './partition-owner.ts'
import { type FetchedRecord, type MemberPort, PortError, type TopicPartition } from './port.ts'
import { count, traced } from './telemetry.ts'
import { createDecider, type Outcome } from './transform-decide.ts'
import type { InRecord, TransformOptions } from './types.ts'

export interface PartitionWorkerOptions<V> {
  readonly tp: TopicPartition
  readonly source: Topic<V>
  /** The group's name on the cluster. */
  readonly group: string
  readonly transform: TransformOptions<V>
  readonly verbs: VerbContext
  /** Resolves when the tables that the transform uses have been read. */
  readonly ready: Promise<void>
  readonly member: MemberPort
  readonly owner: PartitionOwner
  committed(): Promise<bigint>
  partitionsOf(topic: string): Promise<number>
  rejoin(reason: string): void
  /** The position was set anew, which may be backwards. */
  repositioned(next: bigint): void
}

/** Owns one input partition: its position, its queue and its transactional producer. The only mutator of all three. */
export interface PartitionWorker {
  readonly tp: TopicPartition
  start(): void
  add(records: readonly FetchedRecord[]): void
  /** Everything below `next` was added or is no record (markers of transactions, aborted or compacted ones). */
  pass(next: bigint): void
  /** After a join: asserts its pause again, which kafkajs may have forgotten, and answers `position`. */
  kept(): bigint | undefined
  /** The next offset that it wants; undefined before the first fence. */
  position(): bigint | undefined
  /** The next offset that the group has not done; undefined before the first fence. */
  committed(): bigint | undefined
  waiting(): number
  /** True once it was fenced or stopped: somebody has to join again before this partition goes on here. */
  isOver(): boolean
  oldestMs(): number
  /** When the oldest record that is not committed was written, epoch milliseconds; undefined when none is here. */
  oldestWrittenAt(): number | undefined
  /** Takes no more records; what runs goes on. */
  finish(): void
  idle(): Promise<void>
  stop(): Promise<void>
}

const DEFAULT_MAX_BATCH = 500
const MAX_BATCH_BYTES = 1_048_576
const MAX_QUEUE_RECORDS = 2_000
const MAX_QUEUE_BYTES = 8 * 1_048_576
const SEARCH_STEP = 4
/** A transaction for each record's marker would double the work; after this quiet time one commits them all. */
const REST_MS = 5_000

/** After a refusal: smaller and smaller batches up to `until`, until the record whose outputs are refused is alone. */
interface Search {
  readonly until: bigint
  readonly limit: number
}

export function createPartitionWorker<V>(options: PartitionWorkerOptions<V>): PartitionWorker {
  const { tp, source, transform, verbs, member, owner } = options
  const { log, mapper } = verbs
  const stopping = new AbortController()
  const { signal } = stopping
  let queue: FetchedRecord[] = []
  let queueBytes = 0
  let batchWrittenAt: number | undefined
  let position: bigint | undefined
  let committed = 0n
  let generation = owner.generation()
  let search: Search | undefined
  let condemned: { readonly offset: bigint; readonly error: Error } | undefined
  let failures = 0
  let isPaused = false
  let isFinishing = false
  let busySince: number | undefined
  let running: Promise<void> | undefined
  let hasLeft: Promise<void> | undefined
  let restTimer: NodeJS.Timeout | undefined
  const place = { group: transform.group, topic: source.name, partition: tp.partition }
  const decider = createDecider<V>({ tp, source, transform, verbs, signal, partitionsOf: options.partitionsOf })

  /**
   * Fences first and reads the committed offset after: an older owner can commit only before the fence, and then the offset shows it. Only while
   * the owner is alone.
   */
  const takeOver = async () => {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        generation = await owner.fence(generation)
        committed = await options.committed()
        break
      } catch (error) {
        log.warn({ ...place, error: (error as PortError).type, attempt }, 'cannot fence yet')
        await pauseFor(backoffMs(attempt, 100, 5_000), signal)
      }
    }
    if (signal.aborted) return
    queue = []
    queueBytes = 0
    position = committed
    options.repositioned(committed)
    member.seek(tp, committed)
    isPaused = false
    member.resume(tp)
  }

  const add = (records: readonly FetchedRecord[]) => {
    if (position === undefined || signal.aborted || isFinishing) return
    const fresh: FetchedRecord[] = []
    for (const record of records) {
      if (record.offset < position) continue
      fresh.push(record)
      queueBytes += sizeOf(record)
      position = record.offset + 1n
    }
    queue.push(...fresh)
    showArrivals(fresh)
    if (!isPaused && (queue.length >= MAX_QUEUE_RECORDS || queueBytes >= MAX_QUEUE_BYTES)) {
      isPaused = true
      member.pause(tp)
    }
    wake()
  }

  const pass = (next: bigint) => {
    if (position === undefined || signal.aborted || isFinishing || next <= position) return
    position = next
    rest()
  }

  const hasPassed = () =>
    position !== undefined && position > committed && queue.length === 0 && !signal.aborted && !isFinishing

  /** What is no record is committed when nothing follows it, so that the group has no lag for whoever asks the brokers. */
  const rest = () => {
    clearTimeout(restTimer)
    if (running === undefined && hasPassed()) restTimer = setTimeout(commitPassed, REST_MS).unref()
  }

  const commitPassed = () => {
    if (running === undefined && hasPassed())
      run(async () => {
        await owner.alone(async () => {
          if (owner.generation() !== generation) return await takeOver()
          if (!hasPassed()) return
          const next = position ?? committed
          const outcome = await decider.pass(committed, next)
          if (outcome !== undefined) await conclude(outcome, [], next)
        })
      })
  }

  const showArrivals = (records: readonly FetchedRecord[]) => {
    const { onArrival } = transform
    const keys = mapper.prepareRead(records)
    const show = () => {
      try {
        onArrival?.(records.flatMap((record) => decodable(record)))
      } catch (error) {
        log.error({ ...place, stack: stackOf(error) }, 'work on arrival failed')
      }
    }
    if (keys === undefined) return show()
    // Asked for ahead of their turn. What cannot be had now, the batch asks for again.
    keys.then(show, () => {})
  }

  /** What cannot be decoded is for the batch to bury. */
  const decodable = (record: FetchedRecord): InRecord<V>[] => {
    try {
      return [mapper.decode(source, mapper.raw(source.name, tp.partition, record))]
    } catch {
      return []
    }
  }

  const linger = async () => {
    const { lingerMs = 0, maxBatch = DEFAULT_MAX_BATCH } = transform
    if (lingerMs === 0 || search !== undefined || queue.length >= maxBatch || queueBytes >= MAX_BATCH_BYTES) return
    await pauseFor(lingerMs, signal)
  }

  const takeBatch = (): FetchedRecord[] => {
    let bytes = 0
    let length = 0
    if (search !== undefined && (queue[0] as FetchedRecord).offset >= search.until) search = undefined
    const limit = search?.limit ?? transform.maxBatch ?? DEFAULT_MAX_BATCH
    while (length < queue.length && length < limit) {
      const size = sizeOf(queue[length] as FetchedRecord)
      if (length > 0 && bytes + size > MAX_BATCH_BYTES) break
      bytes += size
      length++
    }
    queueBytes -= bytes
    return queue.splice(0, length)
  }

  const resumeWhenHalfEmpty = () => {
    if (!isPaused || queue.length > MAX_QUEUE_RECORDS / 2 || queueBytes > MAX_QUEUE_BYTES / 2) return
    isPaused = false
    member.resume(tp)
  }

  const drain = async () => {
    await options.ready
    while (queue.length > 0 && !signal.aborted && !isFinishing) {
      busySince = Date.now()
      await linger()
      if (!(await owner.alone(decideNext))) return
    }
  }

  /** Decides and commits the next batch; false when the partition was lost meanwhile. */
  const decideNext = async (): Promise<boolean> => {
    if (signal.aborted || isFinishing) return false
    if (owner.generation() !== generation) {
      // The worker of another topic fenced: whether somebody else committed here before that, only the offset tells.
      await takeOver()
      return true
    }
    const batch = takeBatch()
    batchWrittenAt = batch[0]?.timestamp
    resumeWhenHalfEmpty()
    const raws = batch.map((record) => mapper.raw(source.name, tp.partition, record))
    const [first] = raws
    const outcome =
      first !== undefined && condemned?.offset === first.offset
        ? await decider.condemn(first, condemned.error)
        : await decider.decide(raws, committed)
    if (outcome === undefined) return false
    await conclude(outcome, batch, (batch.at(-1) as FetchedRecord).offset + 1n)
    batchWrittenAt = undefined
    return true
  }

  /** Commits outputs and offset. After an error only the committed offset tells whether it happened. */
  const conclude = async (outcome: Outcome, batch: readonly FetchedRecord[], next: bigint) => {
    const letters = outcome.buried.map(({ raw, error }) =>
      deadLetter(verbs.prefix, source as Topic<unknown>, transform.group, raw, error),
    )
    try {
      await traced('commit', place, async () => {
        const producer = owner.producer()
        if (producer === undefined)
          throw new PortError('unavailable', 'NO_PRODUCER', 'the transactional producer is gone')
        const chunks = chunked([...outcome.writes, ...letters])
        await producer.commit(chunks, { group: options.group, topic: tp.topic, partition: tp.partition, next })
      })
      committed = next
      condemned = undefined
      failures = 0
    } catch (error) {
      if (!(await isCommittedAfter(error, batch, next))) return
    }
    await announce(outcome)
  }

  const isCommittedAfter = async (error: unknown, batch: readonly FetchedRecord[], next: bigint): Promise<boolean> => {
    if (signal.aborted) return false
    if (error instanceof PortError && error.failure === 'fenced') {
      // Another owner has the partition, or someone fenced the whole group: only a join tells.
      log.info(place, 'fenced by another owner')
      stopping.abort()
      options.rejoin(`fenced on ${source.name}-${tp.partition}`)
      return false
    }
    log.warn({ ...place, error: (error as Error).message }, 'transaction failed')
    if (batch.length > 0 && error instanceof PortError && isFaultOfRecord(error)) narrow(error, batch, next)
    await takeOver()
    if (committed >= next) return true
    await pauseFor(backoffMs(++failures, 50, 5_000), signal)
    return false
  }

  /** The same batch would be refused again and again: look for the record whose outputs are to blame. */
  const narrow = (error: PortError, batch: readonly FetchedRecord[], next: bigint) => {
    search = { until: next, limit: Math.ceil(batch.length / SEARCH_STEP) }
    const [first] = batch
    // A dead letter of its own that is refused is nobody's to give up: that is repeated until the topic takes it.
    if (batch.length === 1 && first !== undefined) condemned = { offset: first.offset, error: refusal(error) }
  }

  const announce = async ({ buried, after, erased }: Outcome) => {
    count.erased(transform.group, erased)
    for (const { raw, error } of buried) reportDeadLetter(log, source as Topic<unknown>, transform.group, raw, error)
    for (const run of after) {
      try {
        await run()
      } catch (error) {
        log.warn({ group: transform.group, error: (error as Error).message }, 'work after a commit failed')
      }
    }
  }

  const wake = () => {
    if (queue.length === 0 || signal.aborted || isFinishing) return rest()
    if (running === undefined) run(drain)
  }

  const run = (work: () => Promise<void>) => {
    running = work()
      .catch((error) => {
        // Nothing in the loop should get here; if it does, the partition starts over from what is committed.
        log.error({ ...place, stack: stackOf(error) }, 'transform worker failed')
        return owner.alone(takeOver)
      })
      .finally(() => {
        running = undefined
        busySince = undefined
        batchWrittenAt = undefined
        wake()
      })
  }

  return {
    tp,
    start: () => {
      owner.enter()
      running = owner.alone(takeOver).finally(() => {
        running = undefined
        wake()
      })
    },
    add,
    pass,
    position: () => position,
    committed: () => (position === undefined ? undefined : committed),
    kept: () => {
      if (isPaused || position === undefined) member.pause(tp)
      else member.resume(tp)
      return position
    },
    isOver: () => signal.aborted,
    waiting: () => queue.length + (running === undefined ? 0 : 1),
    oldestWrittenAt: () => batchWrittenAt ?? queue[0]?.timestamp,
    oldestMs: () => (busySince === undefined ? 0 : Date.now() - busySince),
    finish: () => {
      isFinishing = true
    },
    idle: async () => {
      await running?.catch(() => {})
    },
    async stop() {
      stopping.abort()
      clearTimeout(restTimer)
      await running?.catch(() => {})
      hasLeft ??= owner.leave()
      await hasLeft
    },
  }
}

function sizeOf(record: FetchedRecord): number {
  return (record.value?.length ?? 0) + (record.key?.length ?? 0) + 64
}

/** Refusals that the record's own bytes earn; a missing permission or a broken topic name is nothing that a record could help. */
const FAULTS_OF_RECORDS = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_TIMESTAMP'])

function isFaultOfRecord(error: PortError): boolean {
  return error.failure === 'refused' && FAULTS_OF_RECORDS.has(error.type)
}
