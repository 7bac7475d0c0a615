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
  /**
   * Milliseconds within which `send` is acknowledged, or rejects. Default 1 800, for a gateway that promises its answer within 2 s; whoever promises nothing
   * of the kind may wait longer for a broker that is slow.
   */
  readonly sendWithinMs?: number
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
  /** Encrypts what is written of a subject, and opens it; without it, records that are encrypted cannot be read. */
  readonly cipher?: RecordCipher
}

/**
 * How long what a key encrypts is to be readable. `aging`: as long as its topic, or its table, keeps it; a subject gets such a key for each day, and it ends
 * by age. `lasting`: as the last state of something, until the subject is erased.
 */
export type KeyLife = 'aging' | 'lasting'

/**
 * Encrypts values by the data key of their subject (`Topic.subject`; docs/encryption.md has the bytes). Keys are fetched ahead, for many records at once;
 * encrypting and decrypting then answer at once.
 */
export interface RecordCipher {
  /** Has the keys of these subjects at hand for `encrypt`. @param life default `lasting` @returns undefined when nothing has to be fetched. Rejects transiently while keys cannot be reached. */
  prepareWrite(subjects: readonly string[], life?: KeyLife): Promise<void> | undefined
  /**
   * After `prepareWrite` for the same life. `erased`: the subject's keys are destroyed and nothing is written of it; `plain`: encryption is off.
   * @throws KafkaError `MR_KAFKA_KEY_PENDING` where the key is not at hand
   */
  encrypt(subject: string, plain: Buffer, life?: KeyLife): Encrypted | 'erased' | 'plain'
  /** Has these keys at hand for `decrypt`. Undefined when nothing has to be fetched. Rejects transiently while keys cannot be reached. */
  prepareRead(keyIds: readonly string[]): Promise<void> | undefined
  /** After `prepareRead`: whether the key is destroyed or has ended by age; false where that is not known. */
  isErased(keyId: string): boolean
  /**
   * @throws KafkaError `MR_KAFKA_KEY_PENDING` (transient: not at hand), `MR_KAFKA_KEY_LOST` (nobody knows the key), `MR_KAFKA_ERASED` (it was
   * destroyed), `MR_KAFKA_UNDECODABLE` (altered bytes)
   */
  decrypt(keyId: string, bytes: Buffer): Buffer
}

export interface Encrypted {
  readonly keyId: string
  readonly bytes: Buffer
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
   * backoff, permanent ones and bugs go to the dead-letter topic, but `MR_KAFKA_ERASED`, after which the record is done. No error leaves the verb.
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
   * record, and the record that fails alone goes to the dead-letter topic. Records of whom was erased do not come, and outputs about them are not
   * written.
   */
  readonly apply: (batch: TransformBatch<V>) => Promise<TransformResult>
  /** Called before the commit with records that go to the dead-letter topic because `apply` failed on them alone: release what they hold. */
  readonly beforeDeadLetter?: (records: readonly InRecord<V>[]) => Promise<void>
  /**
   * Called before the commit of a batch of which something goes to the dead-letter topic, or was erased, and of what ends a partition without being a
   * record. `apply` never sees these, and a watermark that is kept beside the offsets must not fall behind them. Its errors are repeated like those of
   * `apply`.
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

/** A record that was taken. */
export interface Sent extends Position {
  /** The subject was erased: nothing was written, and the place is none (offset -1). Nobody has to repeat it. */
  readonly isErased?: boolean
}

/** Reads a topic from a place to an end, outside any group. For rebuilds, tests and the CLI. */
export interface ReadOptions {
  /**
   * Default `beginning`. `end` is the end at the time of the call: what is written after it is read. A number, in epoch milliseconds: of each partition
   * the first record that was written then or later, and all behind it.
   */
  readonly from?: 'beginning' | 'end' | number
  /** Stop at the end that the topic had at the start. */
  readonly untilEnd?: boolean
  readonly signal?: AbortSignal
  /** Read uncommitted records too. Default false. */
  readonly uncommitted?: boolean
  /** For who looks at record keys and headers alone: no data keys are fetched, and records of whom was erased come too. Default false. */
  readonly unopened?: boolean
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
  /** As of `ReadOptions`. */
  readonly unopened?: boolean
}

export interface ReadBatch {
  /** In offset order within a partition; empty where only what is no record was passed over (control records, aborted ones, erased ones). */
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
  /** What it was connected with, for states and answers of the same subjects that rest elsewhere. */
  readonly cipher?: RecordCipher | undefined
  /**
   * Appends one record; resolves when all in-sync replicas have it.
   * @throws KafkaError `MR_KAFKA_TOO_LARGE` (statusCode 413) before queueing, `MR_KAFKA_QUEUE_FULL`, `MR_KAFKA_UNAVAILABLE` and
   *   `MR_KAFKA_KEY_PENDING` (retryable, 503).
   */
  send<V>(topic: Topic<V>, key: string, value: V | null, options?: SendOptions): Promise<Sent>
  consume<V>(options: ConsumeOptions<V>): Running
  /** Exactly-once consume-to-produce (DESIGN §7). */
  transform<V>(options: TransformOptions<V>): RunningTransform<V>
  table<V>(topic: Topic<V>): Table<V>
  /** Every record of a topic, undecoded, one at a time; `decode` of one has its key as long as no other was asked for. Erased ones do not come. */
  read(topic: Topic<unknown>, options: ReadOptions): AsyncIterable<RawRecord>
  /**
   * The committed records of several topics, undecoded, from places that the reader keeps itself, without end. While nothing is taken, no more than
   * `maxBytes` is fetched. `decode` of a batch's records has their keys when it is called at once.
   * @throws KafkaError `MR_KAFKA_LOG_CUT` when a topic ends below such a place: it is another topic now
   */
  readBatches(topics: readonly Topic<unknown>[], options?: ReadBatchesOptions): AsyncIterable<ReadBatch>
  /**
   * Decodes a raw record's value; what is encrypted is opened first.
   * @throws KafkaError `MR_KAFKA_UNDECODABLE`, `MR_KAFKA_SCHEMA_PENDING`, and what `RecordCipher.decrypt` throws
   */
  decode<V>(topic: Topic<V>, record: RawRecord): V | null
  /**
   * Creates what is missing of the topics, and holds what is there against the registry and the options: what contradicts them is thrown, what is
   * less than they say (replicas, min.insync.replicas, retention) is answered.
   * @throws KafkaError `MR_KAFKA_TOPIC_MISMATCH` naming each difference: partitions, sizes, cleanup.policy
   */
  ensureTopics(topics: readonly Topic<unknown>[], options: EnsureTopicsOptions): Promise<EnsuredTopics>
  /** Up to where each partition can be read: with no transaction open, the offset that the next record will get. */
  ends<V>(topic: Topic<V>): Promise<ReadonlyMap<number, bigint>>
  /** The offset of the first record that each partition still has. */
  starts<V>(topic: Topic<V>): Promise<ReadonlyMap<number, bigint>>
  /** The next offset of each partition that `group` has committed; partitions without a commit are missing. Of any group, own or not. */
  committed<V>(group: string, topic: Topic<V>): Promise<ReadonlyMap<number, bigint>>
  /** How long a topic keeps records, and how much of it is older than `before` (epoch milliseconds); undefined when there is no such topic. */
  kept<V>(topic: Topic<V>, before: number): Promise<Kept | undefined>
  /** How the partitions of those of the topics that exist are replicated, all together. Rejects while no broker answers. */
  replication(topics: readonly Topic<unknown>[]): Promise<Replication>
  /** Kafka's own topics, held against so many replicas. Rejects while no broker answers. */
  internalTopics(replication: number): Promise<readonly InternalTopic[]>
  /** Cluster id, for state that must not outlive the cluster. */
  clusterId(): Promise<string>
  /** True while the producer has reached a broker lately. */
  isReachable(): boolean
  /** True while `send` refuses new records at once (`MR_KAFKA_QUEUE_FULL`), because those that wait for the brokers have waited too long. */
  isCongested(): boolean
  close(deadlineMs?: number): Promise<void>
}

/** What a broker keeps of a topic. */
export interface Kept {
  /** After so many milliseconds records go; undefined where only a newer record of the key ends one, or nothing does. */
  readonly retentionMs: number | undefined
  /** A record stays up to so many milliseconds longer, because whole segments of the log go. */
  readonly segmentMs: number
  /** Offsets before the first record that is not older: records, but for what compaction has taken out between them. */
  readonly older: bigint
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
  /** In what existing topics are less than they should be, though everything works: who asks decides what to do about it. */
  readonly differences: readonly TopicDifference[]
}

export interface TopicDifference {
  readonly topic: string
  /** `durability`: fewer replicas, or fewer of them in sync, than would be made today. `retention`: kept longer than the registry promises. */
  readonly kind: 'durability' | 'retention'
  readonly text: string
}

/** One of the topics that Kafka keeps commits and transactions in. */
export interface InternalTopic {
  readonly topic: string
  /** `missing`: nobody needed it yet. `unreadable`: this user has no right to look. */
  readonly state: 'as set' | 'weaker' | 'missing' | 'unreadable'
  readonly lacks: readonly string[]
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
  /** Encrypts states; the subject is the entry's key. */
  readonly cipher?: RecordCipher | undefined
}
