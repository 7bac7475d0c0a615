import type { Topic, WireFormat } from '@millrace/schemas'
import type { Redis } from 'ioredis'
import type { Replication } from './port.ts'

export type { Replication } from './port.ts'

/** What this package needs of a logger; pino fits. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface KafkaOptions {
  readonly brokers: readonly string[]
  /** Stable name of the process, seen in broker logs and quotas. */
  readonly clientId: string
  readonly log: Log
  /** How values are written; defaults to Avro single-object encoding. */
  readonly wire?: WireFormat
  /** Put before every topic, group and transactional id, so that several installations (or tests) share a cluster. */
  readonly prefix?: string
  /** Milliseconds without a heartbeat after which a member's partitions go to others. Default 10 000. */
  readonly sessionTimeoutMs?: number
  /** Milliseconds after which the broker aborts an abandoned transaction. Default 10 000. */
  readonly transactionTimeoutMs?: number
  readonly ssl?: boolean
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string
  }
  /** Called once when a client has failed for good; the process must end with exit code 1. */
  readonly onFatal?: (error: Error) => void
}

export type Headers = Readonly<Record<string, string | Buffer>>

/** Where a record is. `id` is `topic-partition-offset`, the topic without the prefix. */
export interface Position {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly id: string
}

/** A record as handlers see it. `value` is null for a tombstone. */
export interface InRecord<V> extends Position {
  readonly key: string
  readonly value: V | null
  readonly headers: ReadonlyMap<string, Buffer>
  /** Record timestamp, epoch milliseconds. */
  readonly timestamp: number
}

/** A record to write. `value` null writes a tombstone. */
export interface OutRecord<V = unknown> {
  readonly topic: Topic<V>
  readonly key: string
  readonly value: V | null
  readonly headers?: Headers
  /** The record that caused this one: its trace goes on in this one's `traceparent`, its webhook id in `x-webhook-id`. */
  readonly cause?: InRecord<unknown>
}

/** A record given up on, with its reason: goes to the group's dead-letter topic in the same transaction. */
export interface DeadLetter {
  readonly record: InRecord<unknown>
  readonly error: Error
}

export interface ConsumeOptions<V> {
  readonly group: string
  readonly topics: readonly Topic<V>[]
  /** `key`: records of one key one after the other, in order; `none`: no order. */
  readonly ordering: 'key' | 'none'
  /** Records being handled or waiting at once, over all partitions; beyond it partitions are paused. Default 256. */
  readonly maxInFlight?: number
  /** Records handled at the same time. Default `maxInFlight`. */
  readonly concurrency?: number
  /**
   * Epoch milliseconds before which a record is not handed over (retry topics); its key waits, others go on.
   */
  readonly notBefore?: (record: InRecord<V>) => number
  /**
   * Handles one record; resolving means done. Errors are classified (see `classify`): transient and throttled ones are tried again with
   * backoff, permanent ones and bugs go to the dead-letter topic. No error leaves the verb.
   */
  readonly handle: (record: InRecord<V>, context: HandleContext) => Promise<void>
  /** Milliseconds of transient failures after which a record is given up on. Default 900 000. */
  readonly retryForMs?: number
}

export interface HandleContext {
  /** Aborts when the record's partition is lost or the consumer closes. */
  readonly signal: AbortSignal
  /** 1 for the first call with this record in this process. */
  readonly attempt: number
}

export interface TransformBatch<V> {
  readonly topic: string
  readonly partition: number
  /** In offset order; never empty. */
  readonly records: readonly InRecord<V>[]
  /** The committed offset from which this owner reads; everything below it is done. */
  readonly committed: bigint
  readonly signal: AbortSignal
}

export interface TransformResult {
  readonly outputs: readonly OutRecord<unknown>[]
  readonly deadLetters?: readonly DeadLetter[]
  /** Runs after the commit (announcements, `published_version`). An error here is logged, nothing is undone. */
  readonly afterCommit?: () => Promise<void>
}

export interface TransformOptions<V> {
  readonly group: string
  readonly from: readonly Topic<V>[]
  /**
   * The topics share their keys and have equal partitions: one producer owns a partition number in all of them, and their batches are decided one
   * after the other, so that what they write of one key comes in the order in which it was decided. Default false.
   */
  readonly isTogether?: boolean
  /** Records in one transaction at most. Default 500. */
  readonly maxBatch?: number
  /**
   * Milliseconds that a batch waits for more records after its first. Default 0. Each transaction costs the broker a dozen writes however little
   * is in it; where nobody waits for the outputs, fewer of them leave more for those who do.
   */
  readonly lingerMs?: number
  /**
   * Called with records as they come in, before their turn: for what must not wait for the transactions ahead of it. Not awaited. It can see a
   * record several times, and records that this owner never gets to apply, so it may only do what is idempotent; what it leaves undone, `apply` does.
   */
  readonly onArrival?: (records: readonly InRecord<V>[]) => void
  /** Tables that must be ready before the first record. */
  readonly tables?: readonly { readonly ready: Promise<void> }[]
  /**
   * Decides what a batch becomes. A transient error (see `classify`) is tried again with backoff; any other makes the batch run record by
   * record, and the record that fails alone goes to the dead-letter topic.
   */
  readonly apply: (batch: TransformBatch<V>) => Promise<TransformResult>
  /** Called before the commit with records that go to the dead-letter topic because `apply` failed on them alone: release what they hold. */
  readonly beforeDeadLetter?: (records: readonly InRecord<V>[]) => Promise<void>
  /**
   * Called before the commit of a batch of which something goes to the dead-letter topic. `apply` never sees what cannot be decoded, and a watermark
   * that is kept beside the offsets must not fall behind them. Its errors are repeated like those of `apply`.
   */
  readonly beforeSkip?: (batch: SkippingBatch) => Promise<void>
}

export interface SkippingBatch {
  readonly topic: string
  readonly partition: number
  /** As in `TransformBatch`. */
  readonly committed: bigint
  /** The offset that will be committed. */
  readonly next: bigint
}

/** A running consumer or transform. */
export interface Running {
  /** Resolves when the group has been joined for the first time. */
  readonly joined: Promise<void>
  /** Resolves once everything that was in the topics when called has been handled and committed. For tests and `--drain`. */
  caughtUp(signal?: AbortSignal): Promise<void>
  health(): ConsumerHealth
  /** Stops intake, drains up to the deadline (milliseconds, default 10 000), commits, leaves the group. Idempotent. */
  close(deadlineMs?: number): Promise<void>
}

/** A running transform. */
export interface RunningTransform<V> extends Running {
  /**
   * Fences every transactional id of the group, so that no owner (this one included) can commit on what it has in hand; owners rejoin.
   * For rebuilding state that transforms rely on (DESIGN §6, refill).
   */
  fenceAll(): Promise<void>
  /** The group's committed next offset of each partition of `topic`; partitions without a commit are missing. */
  committed(topic: Topic<V>): Promise<ReadonlyMap<number, bigint>>
}

export interface ConsumerHealth {
  readonly isLive: boolean
  readonly isReady: boolean
  readonly inFlight: number
  /** Milliseconds that the oldest unfinished record has been in hand; 0 when none is. */
  readonly oldestMs: number
  readonly detail: string
}

/** A small compacted topic as a live map by record key. */
export interface Table<V> {
  /** Resolves when everything that was in the topic at the start has been read. */
  readonly ready: Promise<void>
  get(key: string): V | undefined
  entries(): IterableIterator<[string, V]>
  /** Called after each change with the key and the new value (undefined: removed). Returns the unsubscriber. */
  onChange(listener: (key: string, value: V | undefined) => void): () => void
  close(): Promise<void>
}

export interface SendOptions {
  /** Not copied: they must stay as they are until the record is stored. */
  readonly headers?: Headers
  /** Stops waiting; a record already on the wire may still be written. */
  readonly signal?: AbortSignal
}

/** Reads a topic from a place to an end, outside any group. For rebuilds, tests and the CLI. */
export interface ReadOptions {
  /** Default `beginning`. `end` is the end at the time of the call: what is written after it is read. */
  readonly from?: 'beginning' | 'end'
  /** Stop at the end that the topic had at the start. */
  readonly untilEnd?: boolean
  readonly signal?: AbortSignal
  /** Read uncommitted records too. Default false. */
  readonly uncommitted?: boolean
}

/** The next offset to read of a partition; the topic without the prefix. */
export interface NextOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

export interface ReadBatchesOptions {
  /** Where to go on; partitions that are missing are read from their beginning. */
  readonly from?: readonly NextOffset[]
  /** Records in one batch at most. Default 2 000. */
  readonly maxRecords?: number
  /** Bytes in one batch, but for its last record, and of what is fetched ahead. Default 8 MiB; what is on its way from brokers comes on top. */
  readonly maxBytes?: number
  readonly signal?: AbortSignal
}

export interface ReadBatch {
  /** In offset order within a partition; empty where only what is no record was passed over (control records, aborted ones). */
  readonly records: readonly RawRecord[]
  /** Of each partition that moved: where reading goes on after this batch. */
  readonly next: readonly NextOffset[]
}

/** A record whose value may not be decodable. */
export interface RawRecord extends Position {
  readonly key: string | null
  readonly value: Buffer | null
  readonly headers: ReadonlyMap<string, Buffer>
  readonly timestamp: number
}

export interface Kafka {
  /**
   * Appends one record; resolves when all in-sync replicas have it.
   * @throws KafkaError `MR_KAFKA_TOO_LARGE` (statusCode 413) before queueing, `MR_KAFKA_QUEUE_FULL` and `MR_KAFKA_UNAVAILABLE` (retryable, 503).
   */
  send<V>(topic: Topic<V>, key: string, value: V | null, options?: SendOptions): Promise<Position>
  consume<V>(options: ConsumeOptions<V>): Running
  /** Exactly-once consume-to-produce (DESIGN §7). */
  transform<V>(options: TransformOptions<V>): RunningTransform<V>
  table<V>(topic: Topic<V>): Table<V>
  /** Every record of a topic, undecoded, one at a time. */
  read(topic: Topic<unknown>, options: ReadOptions): AsyncIterable<RawRecord>
  /**
   * The committed records of several topics, undecoded, from places that the reader keeps itself, without end. While nothing is taken, no more than
   * `maxBytes` is fetched.
   * @throws KafkaError `MR_KAFKA_LOG_CUT` when a topic ends below such a place: it is another topic now
   */
  readBatches(topics: readonly Topic<unknown>[], options?: ReadBatchesOptions): AsyncIterable<ReadBatch>
  /** Decodes a raw record's value. */
  decode<V>(topic: Topic<V>, record: RawRecord): V | null
  /** Creates what is missing of the topics, and checks size limits and partition counts of what is there. */
  ensureTopics(topics: readonly Topic<unknown>[], options: EnsureTopicsOptions): Promise<EnsuredTopics>
  /** Up to where each partition can be read: with no transaction open, the offset that the next record will get. */
  ends<V>(topic: Topic<V>): Promise<ReadonlyMap<number, bigint>>
  /** The offset of the first record that each partition still has. */
  starts<V>(topic: Topic<V>): Promise<ReadonlyMap<number, bigint>>
  /** The next offset of each partition that `group` has committed; partitions without a commit are missing. Of any group, own or not. */
  committed<V>(group: string, topic: Topic<V>): Promise<ReadonlyMap<number, bigint>>
  /** How the partitions of those of the topics that exist are replicated, all together. Rejects while no broker answers. */
  replication(topics: readonly Topic<unknown>[]): Promise<Replication>
  /** Cluster id, for state that must not outlive the cluster. */
  clusterId(): Promise<string>
  /** True while the producer has reached a broker lately. */
  isReachable(): boolean
  /** True while `send` refuses new records at once (`MR_KAFKA_QUEUE_FULL`), because those that wait for the brokers have waited too long. */
  isCongested(): boolean
  close(deadlineMs?: number): Promise<void>
}

export interface EnsureTopicsOptions {
  readonly eventPartitions: number
  readonly replication: number
  /** Creates nothing; `created` lists what would be. Default false. */
  readonly isDryRun?: boolean
}

export interface EnsuredTopics {
  readonly created: readonly string[]
  readonly existing: readonly string[]
}

/** State of one key, in Redis, safe beside transactions (DESIGN §7, "State"). */
export interface StateStore<S> {
  /** Reads the entries of `keys` at once. Missing ones have version 0 and value undefined. */
  load(keys: readonly string[]): Promise<Map<string, StateEntry<S>>>
  /** Writes where the version is still the one loaded; returns the keys that had moved on (load and fold those again). */
  compareAndSet(changes: ReadonlyMap<string, { readonly expected: number; readonly value: S }>): Promise<string[]>
  /** Lets entries go after so many milliseconds, unless they are written again before. */
  expire(keys: readonly string[], afterMs: number): Promise<void>
  /** Notes after the commit that these versions have been published. Never lowers. */
  markPublished(versions: ReadonlyMap<string, number>): Promise<void>
}

export interface StateEntry<S> {
  readonly value: S | undefined
  readonly version: number
  /** Highest version known to be in the compacted topic. */
  readonly publishedVersion: number
}

export interface StateStoreOptions<S> {
  readonly redis: Redis
  /** Put before every key. */
  readonly prefix: string
  readonly encode: (state: S) => string | Buffer
  readonly decode: (bytes: Buffer) => S
}
