import type { Topic } from '@millrace/schemas'
import { backoffMs, pauseFor } from './backoff.ts'
import { chunked } from './chunks.ts'
import { stackOf, type VerbContext } from './consume.ts'
import { deadLetter } from './dead-letter.ts'
import { classify } from './errors.ts'
import {
  type FetchedRecord,
  type MemberPort,
  PortError,
  type TopicPartition,
  type TransactionPort,
  type WireRecord,
} from './port.ts'
import { placed } from './records.ts'
import { count, traced, withTrace } from './telemetry.ts'
import type { InRecord, OutRecord, RawRecord, TransformOptions, TransformResult } from './types.ts'

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
  fence(): Promise<TransactionPort>
  committed(): Promise<bigint>
  partitionsOf(topic: string): Promise<number>
  rejoin(reason: string): void
}

/** Owns one input partition: its position, its queue and its transactional producer. The only mutator of all three. */
export interface PartitionWorker {
  start(): void
  add(records: readonly FetchedRecord[]): void
  /** After a join: asserts its pause again, which kafkajs may have forgotten, and answers `position`. */
  kept(): bigint | undefined
  /** The next offset that it wants; undefined before the first fence. */
  position(): bigint | undefined
  waiting(): number
  oldestMs(): number
  /** Takes no more records; what runs goes on. */
  finish(): void
  idle(): Promise<void>
  stop(): Promise<void>
}

const DEFAULT_MAX_BATCH = 500
const MAX_BATCH_BYTES = 1_048_576
const MAX_QUEUE_RECORDS = 2_000
const MAX_QUEUE_BYTES = 8 * 1_048_576

interface Outcome {
  readonly writes: readonly WireRecord[]
  readonly buried: readonly { readonly raw: RawRecord; readonly error: unknown }[]
  readonly after: readonly (() => Promise<void>)[]
}

export function createPartitionWorker<V>(options: PartitionWorkerOptions<V>): PartitionWorker {
  const { tp, source, transform, verbs, member } = options
  const { log, mapper } = verbs
  const stopping = new AbortController()
  const { signal } = stopping
  let queue: FetchedRecord[] = []
  let queueBytes = 0
  let position: bigint | undefined
  let committed = 0n
  let producer: TransactionPort | undefined
  let isPaused = false
  let isFinishing = false
  let busySince: number | undefined
  let running: Promise<void> | undefined

  /** Fences first and reads the committed offset after: an older owner can commit only before the fence, and then the offset shows it. */
  const takeOver = async () => {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await producer?.close()
        producer = undefined
        producer = await options.fence()
        committed = await options.committed()
        break
      } catch (error) {
        log.warn(
          {
            group: transform.group,
            topic: source.name,
            partition: tp.partition,
            error: (error as PortError).type,
            attempt,
          },
          'cannot fence yet',
        )
        await pauseFor(backoffMs(attempt, 100, 5_000), signal)
      }
    }
    if (signal.aborted) return
    queue = []
    queueBytes = 0
    position = committed
    member.seek(tp, committed)
    isPaused = false
    member.resume(tp)
  }

  const add = (records: readonly FetchedRecord[]) => {
    if (position === undefined || signal.aborted || isFinishing) return
    for (const record of records) {
      if (record.offset < position) continue
      queue.push(record)
      queueBytes += sizeOf(record)
      position = record.offset + 1n
    }
    if (!isPaused && (queue.length >= MAX_QUEUE_RECORDS || queueBytes >= MAX_QUEUE_BYTES)) {
      isPaused = true
      member.pause(tp)
    }
    wake()
  }

  const takeBatch = (): FetchedRecord[] => {
    let bytes = 0
    let length = 0
    while (length < queue.length && length < (transform.maxBatch ?? DEFAULT_MAX_BATCH)) {
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
      const batch = takeBatch()
      resumeWhenHalfEmpty()
      const raws = batch.map((record) => mapper.raw(source.name, tp.partition, record))
      const outcome = await decide(raws)
      if (outcome === undefined) return
      await conclude(outcome, (batch.at(-1) as FetchedRecord).offset + 1n)
    }
  }

  /** What a batch becomes, after as many tries as transient errors need; undefined when the partition was lost meanwhile. */
  const decide = async (raws: readonly RawRecord[]): Promise<Outcome | undefined> => {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        return await traced(
          'process',
          {
            topic: source.name,
            group: transform.group,
            partition: tp.partition,
            batch: raws.length,
            links: linksOf(raws),
          },
          () => applyTo(raws, raws.length > 1),
        )
      } catch (error) {
        if (signal.aborted) return undefined
        const { kind, retryAfterMs, code } = classify(error)
        count.retry(transform.group, kind)
        log.warn(
          {
            group: transform.group,
            topic: source.name,
            partition: tp.partition,
            code,
            attempt,
            error: (error as Error).message,
          },
          'transform batch failed, will be repeated',
        )
        await pauseFor(retryAfterMs ?? backoffMs(attempt, 50, 5_000), signal)
      }
    }
    return undefined
  }

  const applyTo = async (raws: readonly RawRecord[], mayIsolate: boolean): Promise<Outcome> => {
    const buried: { raw: RawRecord; error: unknown }[] = []
    const records: InRecord<V>[] = []
    for (const raw of raws) {
      try {
        records.push(mapper.decode(source, raw))
      } catch (error) {
        buried.push({ raw, error })
      }
    }
    if (records.length === 0) return { writes: [], buried, after: [] }
    try {
      const result = await transform.apply({ topic: source.name, partition: tp.partition, records, committed, signal })
      return await outcomeOf(result, raws, buried)
    } catch (error) {
      const { kind } = classify(error)
      if (signal.aborted || kind === 'transient' || kind === 'throttled') throw error
      if (mayIsolate) return isolate(raws)
      const raw = raws[0] as RawRecord
      await transform.beforeDeadLetter?.(records)
      return { writes: [], buried: [{ raw, error }], after: [] }
    }
  }

  /** A batch with a record that fails for good is decided record by record, so that only that one is given up. */
  const isolate = async (raws: readonly RawRecord[]): Promise<Outcome> => {
    const parts: Outcome[] = []
    for (const raw of raws) parts.push(await applyTo([raw], false))
    return {
      writes: parts.flatMap((part) => part.writes),
      buried: parts.flatMap((part) => part.buried),
      after: parts.flatMap((part) => part.after),
    }
  }

  const outcomeOf = async (
    result: TransformResult,
    raws: readonly RawRecord[],
    buried: { raw: RawRecord; error: unknown }[],
  ): Promise<Outcome> => {
    const byOffset = new Map(raws.map((raw) => [raw.offset, raw]))
    const given = (result.deadLetters ?? []).flatMap(({ record, error }) => {
      const raw = byOffset.get(record.offset)
      return raw === undefined ? [] : [{ raw, error }]
    })
    const writes = await Promise.all(result.outputs.map((output) => toWire(output)))
    return {
      writes,
      buried: [...buried, ...given],
      after: result.afterCommit === undefined ? [] : [result.afterCommit],
    }
  }

  const toWire = async (output: OutRecord<unknown>): Promise<WireRecord> => {
    const record = mapper.encode(
      output.topic,
      output.key,
      output.value,
      withTrace(output.headers, output.cause?.headers),
    )
    return placed(record, await options.partitionsOf(record.topic))
  }

  /** Commits outputs and offset. After an error only the committed offset tells whether it happened. */
  const conclude = async (outcome: Outcome, next: bigint) => {
    const letters = outcome.buried.map(({ raw, error }) =>
      deadLetter(verbs.prefix, source as Topic<unknown>, transform.group, raw, error),
    )
    const writes = [...outcome.writes, ...letters]
    try {
      await traced('commit', { topic: source.name, group: transform.group, partition: tp.partition }, async () => {
        if (producer === undefined)
          throw new PortError('unavailable', 'NO_PRODUCER', 'the transactional producer is gone')
        await producer.commit(chunked(writes), { group: options.group, topic: tp.topic, partition: tp.partition, next })
      })
      committed = next
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof PortError && error.failure === 'fenced') {
        // Another owner has the partition, or someone fenced the whole group: only a join tells.
        log.info({ group: transform.group, topic: source.name, partition: tp.partition }, 'fenced by another owner')
        stopping.abort()
        options.rejoin(`fenced on ${source.name}-${tp.partition}`)
        return
      }
      log.warn(
        { group: transform.group, topic: source.name, partition: tp.partition, error: (error as Error).message },
        'transaction failed',
      )
      await takeOver()
      if (committed < next) {
        await pauseFor(backoffMs(1, 50), signal)
        return
      }
    }
    await announce(outcome)
  }

  const announce = async ({ buried, after }: Outcome) => {
    for (const { raw, error } of buried) {
      const { code } = classify(error)
      count.deadLetter(transform.group, code)
      log.error(
        { group: transform.group, position: raw.id, code, stack: stackOf(error) },
        'record sent to the dead-letter topic',
      )
    }
    for (const run of after) {
      try {
        await run()
      } catch (error) {
        log.warn({ group: transform.group, error: (error as Error).message }, 'work after a commit failed')
      }
    }
  }

  const wake = () => {
    if (queue.length === 0 || signal.aborted || isFinishing) return
    running ??= drain()
      .catch((error) => {
        // Nothing in the loop should get here; if it does, the partition starts over from what is committed.
        log.error(
          { group: transform.group, topic: source.name, partition: tp.partition, stack: stackOf(error) },
          'transform worker failed',
        )
        return takeOver()
      })
      .finally(() => {
        running = undefined
        busySince = undefined
        wake()
      })
  }

  return {
    start: () => {
      running = takeOver().finally(() => {
        running = undefined
        wake()
      })
    },
    add,
    position: () => position,
    kept: () => {
      if (isPaused || position === undefined) member.pause(tp)
      else member.resume(tp)
      return position
    },
    waiting: () => queue.length + (running === undefined ? 0 : 1),
    oldestMs: () => (busySince === undefined ? 0 : Date.now() - busySince),
    finish: () => {
      isFinishing = true
    },
    idle: async () => {
      await running?.catch(() => {})
    },
    async stop() {
      stopping.abort()
      await running?.catch(() => {})
      await producer?.close()
      producer = undefined
    },
  }
}

function sizeOf(record: FetchedRecord): number {
  return (record.value?.length ?? 0) + (record.key?.length ?? 0) + 64
}

function linksOf(raws: readonly RawRecord[]): ReadonlyMap<string, Buffer>[] {
  return raws.slice(0, 32).map((raw) => raw.headers)
}
