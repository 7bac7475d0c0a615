import type { Topic } from '@millrace/schemas'
import type { Redis } from 'ioredis'
import { transient } from './errors.ts'
import { restoreStates } from './fold-restore.ts'
import { reachingRedis } from './reaching-redis.ts'
import { createStateGuard } from './state-guard.ts'
import { createStateStore } from './state-store.ts'
import type {
  InRecord,
  Kafka,
  Log,
  OutRecord,
  RunningTransform,
  StateStore,
  TransformBatch,
  TransformResult,
} from './types.ts'

/**
 * A transform that folds records into the state of their key and publishes the state to a compacted topic (DESIGN §7, "State"). The state lives in
 * Redis and can be rebuilt from that topic. A record's key is the state's key, and both topics have equal partitions, so a key has one writer.
 */
export interface FoldOptions<V, S> {
  readonly kafka: Kafka
  readonly redis: Redis
  readonly log: Log
  readonly group: string
  readonly from: Topic<V>
  /** Compacted topics that `publish` writes to. */
  readonly into: readonly Topic<unknown>[]
  /** Cluster that the topics are on: state of another one is not looked at. */
  readonly clusterId: string
  /**
   * What is known once a record has been seen; the same `known` when it tells nothing new, undefined when there is still nothing to say.
   * Pure and idempotent; any order and repetition of the same records must end in the same state.
   */
  readonly fold: (known: S | undefined, record: InRecord<V>) => S | undefined
  readonly publish: (key: string, state: S, detail: PublishDetail<V>) => OutRecord<unknown>
  /** Every state that the compacted topics hold, for a rebuild. */
  readonly published: (signal: AbortSignal) => AsyncIterable<readonly [key: string, state: S]>
  /** Joins a state of the topic with one that Redis has; only asked during a rebuild. */
  readonly join: (known: S, published: S) => S
  /** A state's text; equal states have equal texts. */
  readonly encode: (state: S) => string
  readonly decode: (bytes: Buffer) => S
  /** Records in one transaction at most. Default 500. */
  readonly maxBatch?: number
}

export interface PublishDetail<V> {
  /** True as long as no version of this key is known to be published. */
  readonly isFirst: boolean
  /** The last record of the batch that touched the key. */
  readonly cause: InRecord<V>
}

export interface RunningFold<V> extends RunningTransform<V> {
  isRebuilding(): boolean
}

/** A state as Redis holds it. */
export interface StoredState<S> {
  readonly state: S
  /** The offset after the batch that wrote it: once that is committed, so is what the batch published. Empty after a rebuild. */
  readonly next: string
}

interface Settled<S> {
  readonly state: S
  readonly version: number
  readonly isDue: boolean
  readonly isFirst: boolean
}

/** Starts a fold. */
export function startFold<V, S>(options: FoldOptions<V, S>): RunningFold<V> {
  const { kafka, redis, log } = options
  const prefix = `state:${options.group}:${options.clusterId}:`
  const store = createStateStore<StoredState<S>>({ redis, prefix, ...storedAs(options) })
  const guard = createStateGuard(redis, prefix)
  const stopping = new AbortController()
  let rebuilding: Promise<void> | undefined

  const rebuild = async () => {
    const started = Date.now()
    const ends = await Promise.all(options.into.map((topic) => kafka.ends(topic)))
    const isEmpty = ends.every((end) => [...end.values()].every((offset) => offset === 0n))
    // Nobody may commit on state that is gone; where nothing was ever published there is none.
    if (!isEmpty) await transform.fenceAll()
    const count = isEmpty ? 0 : await restoreStates(store, options, stopping.signal)
    const [committed, starts] = await Promise.all([transform.committed(options.from), kafka.starts(options.from)])
    await guard.markComplete(
      new Map(Array.from(starts, ([partition, start]) => [partition, committed.get(partition) ?? start])),
    )
    if (!isEmpty)
      log.warn({ group: options.group, count, ms: Date.now() - started }, 'state was read back from its topics')
  }

  const check = async (batch: FoldBatch): Promise<string> => {
    const filling = rebuilding === undefined && (await guard.fillingFor(batch.partition, batch.committed))
    if (filling) return filling
    rebuilding ??= rebuild()
      .catch((error) =>
        log.warn({ group: options.group, error: (error as Error).message }, 'state could not be read back yet'),
      )
      .finally(() => {
        rebuilding = undefined
      })
    await rebuilding
    throw transient('the state was missing in Redis and is being read back from its topics')
  }

  const advance = async (batch: FoldBatch, next: bigint, filling: string) => {
    if (!(await guard.advance(batch.partition, next, filling))) throw transient('the state in Redis was replaced')
  }

  const apply = async (batch: TransformBatch<V>): Promise<TransformResult> => {
    const records = Map.groupBy(batch.records, ({ key }) => key)
    const next = (batch.records.at(-1)?.offset ?? batch.committed - 1n) + 1n
    const { settled, filling } = await settle({ store, options, records, batch, next, check })
    await advance(batch, next, filling)
    const due = [...settled].filter(([, { isDue }]) => isDue)
    return {
      outputs: due.map(([key, { state, isFirst }]) => {
        const cause = records.get(key)?.at(-1) as InRecord<V>
        return { ...options.publish(key, state, { isFirst, cause }), cause }
      }),
      afterCommit: async () => {
        await reachingRedis(() => store.markPublished(new Map(due.map(([key, { version }]) => [key, version]))))
      },
    }
  }

  const transform = kafka.transform<V>({
    group: options.group,
    from: [options.from],
    apply,
    beforeSkip: async (batch) => advance(batch, batch.next, await check(batch)),
    ...(options.maxBatch === undefined ? {} : { maxBatch: options.maxBatch }),
  })
  return {
    ...transform,
    isRebuilding: () => rebuilding !== undefined,
    close: async (deadlineMs) => {
      stopping.abort()
      await transform.close(deadlineMs)
    },
  }
}

type FoldBatch = Pick<TransformBatch<unknown>, 'partition' | 'committed'>

interface Settling<V, S> {
  readonly store: StateStore<StoredState<S>>
  readonly options: FoldOptions<V, S>
  readonly records: ReadonlyMap<string, readonly InRecord<V>[]>
  readonly batch: TransformBatch<V>
  readonly next: bigint
  check(batch: FoldBatch): Promise<string>
}

/** Folds until every key's compare-and-set has held in one filling of Redis. */
async function settle<V, S>({ store, options, records, batch, next, check }: Settling<V, S>) {
  const settled = new Map<string, Settled<S>>()
  let filling: string | undefined
  let open = [...records.keys()]
  while (open.length > 0 || filling === undefined) {
    batch.signal.throwIfAborted()
    const entries = await reachingRedis(() => store.load(open))
    // After the load: a Redis that was emptied before it has no mark, and what was loaded from it must not count.
    const seen = await check(batch)
    if (filling !== undefined && seen !== filling) throw transient('the state in Redis was replaced')
    filling = seen
    const changes = new Map<string, { expected: number; value: StoredState<S> }>()
    for (const key of open) {
      const entry = entries.get(key) ?? { version: 0, publishedVersion: 0, value: undefined }
      const state = (records.get(key) ?? []).reduce(options.fold, entry.value?.state)
      if (state === undefined) continue
      const isSame = entry.value !== undefined && options.encode(entry.value.state) === options.encode(state)
      if (!isSame) changes.set(key, { expected: entry.version, value: { state, next: String(next) } })
      settled.set(key, {
        state,
        version: isSame ? entry.version : entry.version + 1,
        isDue: !isSame || entry.version > entry.publishedVersion,
        isFirst: entry.publishedVersion === 0 && !isCommitted(entry.value, batch.committed),
      })
    }
    open = changes.size === 0 ? [] : await reachingRedis(() => store.compareAndSet(changes))
  }
  return { settled, filling }
}

/** A process may die after the commit and before it notes what is published; the committed offset knows it too. */
function isCommitted<S>(stored: StoredState<S> | undefined, committed: bigint): boolean {
  return stored !== undefined && stored.next !== '' && BigInt(stored.next) <= committed
}

/** The offset before the state, on a line of its own. */
function storedAs<V, S>({ encode, decode }: FoldOptions<V, S>) {
  return {
    encode: ({ state, next }: StoredState<S>) => `${next}\n${encode(state)}`,
    decode: (bytes: Buffer): StoredState<S> => {
      const end = bytes.indexOf('\n')
      return { next: bytes.subarray(0, end).toString(), state: decode(bytes.subarray(end + 1)) }
    },
  }
}
