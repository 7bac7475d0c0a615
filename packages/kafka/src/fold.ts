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
  const store = createStateStore<S>({ redis, prefix, encode: options.encode, decode: options.decode })
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
    await guard.markComplete()
    if (!isEmpty)
      log.warn({ group: options.group, count, ms: Date.now() - started }, 'state was read back from its topics')
  }

  const check = async (batch: TransformBatch<V>) => {
    if (rebuilding === undefined && (await guard.isComplete(batch.partition, batch.committed))) return
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

  const apply = async (batch: TransformBatch<V>): Promise<TransformResult> => {
    const records = Map.groupBy(batch.records, ({ key }) => key)
    const settled = await settle(store, options, records, batch, check)
    await guard.advance(batch.partition, (batch.records.at(-1)?.offset ?? batch.committed - 1n) + 1n)
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

/** Folds until every key's compare-and-set has held. */
async function settle<V, S>(
  store: StateStore<S>,
  options: FoldOptions<V, S>,
  records: ReadonlyMap<string, readonly InRecord<V>[]>,
  batch: TransformBatch<V>,
  check: (batch: TransformBatch<V>) => Promise<void>,
): Promise<Map<string, Settled<S>>> {
  const settled = new Map<string, Settled<S>>()
  let open = [...records.keys()]
  while (open.length > 0) {
    batch.signal.throwIfAborted()
    const entries = await reachingRedis(() => store.load(open))
    // After the load: a Redis that was emptied before it has no mark, and what was loaded from it must not count.
    await check(batch)
    const changes = new Map<string, { expected: number; value: S }>()
    for (const key of open) {
      const entry = entries.get(key)
      const state = (records.get(key) ?? []).reduce(options.fold, entry?.value)
      if (state === undefined) continue
      const version = entry?.version ?? 0
      const isSame = entry?.value !== undefined && options.encode(entry.value) === options.encode(state)
      if (!isSame) changes.set(key, { expected: version, value: state })
      const published = entry?.publishedVersion ?? 0
      settled.set(key, {
        state,
        version: isSame ? version : version + 1,
        isDue: !isSame || version > published,
        isFirst: published === 0,
      })
    }
    open = changes.size === 0 ? [] : await reachingRedis(() => store.compareAndSet(changes))
  }
  return settled
}
