import type { Topic } from '@millrace/schemas'
import type { Redis } from 'ioredis'
import { withDeadline } from './backoff.ts'
import { createFoldApply } from './fold-apply.ts'
import { restoreStates } from './fold-restore.ts'
import { reachingRedis } from './reaching-redis.ts'
import { createStateGuard } from './state-guard.ts'
import { createStateStore } from './state-store.ts'
import { type StoredState, storedAs } from './stored-state.ts'
import type { InRecord, Kafka, Log, OutRecord, RunningTransform } from './types.ts'

/**
 * A transform that folds records into the state of their key and publishes the state to a compacted topic (DESIGN §7, "State"). The state lives in
 * Redis and can be rebuilt from that topic. A record's key is the state's key, and both topics have equal partitions, so a key has one writer.
 */
export interface FoldOptions<V, S> {
  readonly kafka: Kafka
  readonly redis: Redis
  readonly log: Log
  readonly group: string
  /** One topic, or several that share their keys and have equal partitions. */
  readonly from: Topic<V> | readonly Topic<V>[]
  /** Compacted topics that `publish` writes to. */
  readonly into: readonly Topic<unknown>[]
  /** Cluster that the topics are on: state of another one is not looked at. */
  readonly clusterId: string
  /**
   * What is known once a record has been seen; the same `known` when it tells nothing new, undefined when there is still nothing to say.
   * Pure and idempotent; any order and repetition of the same records must end in the same state.
   */
  readonly fold: (known: S | undefined, record: InRecord<V>) => S | undefined
  /** What to write of a state that may not be published yet: one record, or several of keys that no other state writes. */
  readonly publish: (
    key: string,
    state: S,
    detail: PublishDetail<V, S>,
  ) => OutRecord<unknown> | readonly OutRecord<unknown>[]
  /** True for a state of which `publish` writes no record of its key yet, so that the first one is still to come. Default: none. */
  readonly isSilent?: (state: S) => boolean
  /** Told of states before the transaction that publishes them, maybe again with the same ones; a failure repeats the batch. */
  readonly beforePublish?: (states: ReadonlyMap<string, S>) => Promise<void>
  /** True for a state whose published form is a null: what is kept of it goes after an hour. Default: none. */
  readonly isOver?: (state: S) => boolean
  /** Every state that the compacted topics hold, for a rebuild; several of one key are joined. */
  readonly published: (signal: AbortSignal) => AsyncIterable<readonly [key: string, state: S]>
  /**
   * Joins a state of the topic with one that Redis has; only asked during a rebuild. Commutative, associative and idempotent, and its answer is
   * in the form that `fold` gives a state.
   */
  readonly join: (known: S, published: S) => S
  /** A state's text; equal states have equal texts. */
  readonly encode: (state: S) => string
  readonly decode: (bytes: Buffer) => S
  /** Records in one transaction at most. Default 500. */
  readonly maxBatch?: number
  /** Milliseconds that a batch waits for more records after its first (`TransformOptions`). Default 0. */
  readonly lingerMs?: number
}

export interface PublishDetail<V, S = unknown> {
  /** The state that is known to be published, so that only what changed need be written; undefined when that is not known. */
  readonly before: S | undefined
  /** True as long as no record of this key is known to be published. */
  readonly isFirst: boolean
  /** The last record of the batch that touched the key. */
  readonly cause: InRecord<V>
}

export interface RunningFold<V, S = unknown> extends RunningTransform<V> {
  /** True while Redis lacks state and it is read back; records wait. */
  isRebuilding(): boolean
  /** What is known of keys now, as far as Redis has it; may be ahead of what is published. @throws KafkaError when Redis is away (retryable) */
  states(keys: readonly string[]): Promise<ReadonlyMap<string, S>>
}

const CLOSE_DEADLINE_MS = 10_000

/** Starts a fold. */
export function startFold<V, S>(options: FoldOptions<V, S>): RunningFold<V, S> {
  const { kafka, redis, log, group } = options
  const from: readonly Topic<V>[] = [options.from].flat() as Topic<V>[]
  const watched = (topic: string, partition: number) => (from.length === 1 ? partition : `${topic}-${partition}`)
  const prefix = `state:${group}:${options.clusterId}:`
  const store = createStateStore<StoredState<S>>({ redis, prefix, cipher: kafka.cipher, ...storedAs(options) })
  const stopping = new AbortController()

  const rebuild = async () => {
    const startedAt = performance.now()
    log.warn({ group }, 'Redis lacks state, reading it back from its topics')
    // Nobody may commit on state that is gone.
    await transform.fenceAll()
    const records = await restoreStates(store, options, stopping.signal)
    log.info({ group, records, took_ms: Math.round(performance.now() - startedAt) }, 'state rebuilt')
  }

  const guard = createStateGuard({
    redis,
    prefix,
    rebuild,
    isEmpty: async () => {
      const ends = await Promise.all(options.into.map((topic) => kafka.ends(topic)))
      return ends.every((end) => [...end.values()].every((offset) => offset === 0n))
    },
    committed: async () => {
      const all = from.map(async (topic) => {
        const [committed, starts] = await Promise.all([transform.committed(topic), kafka.starts(topic)])
        return Array.from(
          starts,
          ([partition, start]) => [watched(topic.name, partition), committed.get(partition) ?? start] as const,
        )
      })
      return new Map((await Promise.all(all)).flat())
    },
    onRebuildFailed: (error) => {
      if (!stopping.signal.aborted) log.error({ group, error }, 'rebuilding state failed, will be tried again')
    },
  })

  const transform: RunningTransform<V> = kafka.transform<V>({
    group,
    from,
    isTogether: from.length > 1,
    apply: createFoldApply({
      ...options,
      store,
      guard,
      watched,
      committedOf: async (topic, partition) => {
        const source = from.find(({ name }) => name === topic)
        return source === undefined ? undefined : (await transform.committed(source)).get(partition)
      },
    }),
    // What `apply` never saw is part of the committed offset too.
    beforeSkip: async ({ topic, partition, committed, next }) => {
      const place = watched(topic, partition)
      await guard.advance(place, next, await guard.check(place, committed, stopping.signal))
    },
    ...(options.maxBatch === undefined ? {} : { maxBatch: options.maxBatch }),
    ...(options.lingerMs === undefined ? {} : { lingerMs: options.lingerMs }),
  })
  return {
    ...transform,
    isRebuilding: guard.isRebuilding,
    states: async (keys) => {
      const entries = await reachingRedis('read the state', () => store.load(keys))
      return new Map(
        Array.from(entries).flatMap(([key, { value }]) => (value === undefined ? [] : [[key, value.state]])),
      )
    },
    close: async (deadlineMs = CLOSE_DEADLINE_MS) => {
      // What is in hand while state is missing cannot be finished.
      const drainMs = guard.isRebuilding() ? 0 : deadlineMs
      stopping.abort()
      await transform.close(drainMs)
      await withDeadline(guard.idle(), deadlineMs)
    },
  }
}
