/**
 * What the verbs need of a Kafka client. Adapters keep sockets and protocol to themselves; names here carry the prefix already, and nothing
 * of a client's own shapes (offsets as strings, batches, its errors) passes through. One conformance suite holds every adapter.
 */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export interface WireRecord extends TopicPartition {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string | Buffer>>
}

export interface FetchedRecord {
  readonly offset: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: ReadonlyMap<string, Buffer>
  readonly timestamp: number
}

export interface Appended extends TopicPartition {
  readonly baseOffset: bigint
}

/**
 * What went wrong, for the verbs to act on: `refused` is the broker's final no to a record, `fenced` says that another owner took over the
 * transactional id, `unavailable` is everything that may pass.
 */
export type PortFailure = 'refused' | 'fenced' | 'unavailable'

export class PortError extends Error {
  readonly failure: PortFailure
  /** The protocol's name of the error where there is one. */
  readonly type: string
  /** For `classify`: what may pass is no bug of whoever happened to ask. */
  readonly retryable: boolean
  readonly code: string | undefined
  constructor(failure: PortFailure, type: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'PortError'
    this.failure = failure
    this.type = type
    this.retryable = failure === 'unavailable'
    this.code = this.retryable ? 'MR_KAFKA_UNAVAILABLE' : undefined
  }
}

/** Non-idempotent, acks from all in-sync replicas, no retries of its own. */
export interface ProducerPort {
  /** Answers name the topic-partitions that took their records; those not named have to be sent again. @throws PortError */
  append(records: readonly WireRecord[]): Promise<readonly Appended[]>
  close(): Promise<void>
}

export interface TransactionOffsets extends TopicPartition {
  readonly group: string
  /** The next offset to read. */
  readonly next: bigint
}

/** One fenced producer. After any error it must be closed and a new one fenced. */
export interface TransactionPort {
  /** Writes `chunks` and the offset in one transaction. @throws PortError (the outcome is then unknown unless the committed offset tells) */
  commit(chunks: readonly (readonly WireRecord[])[], offsets: TransactionOffsets): Promise<void>
  close(): Promise<void>
}

export interface MemberEvents {
  /** Partitions that this member did not have before; they are paused until `seek` and `resume`. */
  assigned(partitions: readonly TopicPartition[]): void
  /** Partitions kept over a rebalance; answers the offset to go on from. */
  kept(partition: TopicPartition): bigint | undefined
  /** `isVoid`: the log now ends below what was read of it (cut, or made anew), so positions mean nothing; `assigned` follows. */
  lost(partitions: readonly TopicPartition[], isVoid?: boolean): void
  /** Must not throw and must not wait. `from` is the offset that was asked for. After a `seek` in here, what begins there counts as not taken. */
  records(partition: TopicPartition, records: readonly FetchedRecord[], from: bigint): void
  /** A rebalance begins: last chance to commit. */
  rebalancing(): void
  /** The position moved to `next`, records or not (control records, aborted ones). */
  passed(partition: TopicPartition, next: bigint): void
  fatal(error: Error): void
}

/** What a group keeps of a partition. */
export interface Commit {
  /** The next offset to read. */
  readonly next: bigint
  /** The committer's own text beside it, 4,096 bytes at most. */
  readonly metadata?: string
}

export interface MemberPort {
  /** Joins, now or as soon as a broker answers. Resolves at the first join. */
  start(): Promise<void>
  seek(partition: TopicPartition, offset: bigint): void
  pause(partition: TopicPartition): void
  resume(partition: TopicPartition): void
  /** `fenced`: not this member's to commit any more, or a rebalance is under way; try again after the join. */
  commit(next: readonly (TopicPartition & Commit)[]): Promise<'ok' | 'fenced'>
  /** Leaves the group and joins again. */
  rejoin(reason: string): Promise<void>
  isJoined(): boolean
  stop(): Promise<void>
}

export interface MemberOptions {
  readonly group: string
  readonly topics: readonly string[]
  readonly isReadCommitted: boolean
  /** For groups without commits: where to start. */
  readonly from: 'beginning' | 'end'
  readonly events: MemberEvents
}

export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  readonly replication: number
  readonly configs: Readonly<Record<string, string>>
}

/** Partitions by how many of their replicas follow. */
export interface Replication {
  readonly total: number
  /** With fewer replicas in sync than they should have. */
  readonly underReplicated: number
  /** Without a leader: nobody can write or read. Of a topic that has such partitions 1 is counted, as kafkajs does not say how many there are. */
  readonly offline: number
}

export interface AdminPort {
  /** Committed next offset of each partition of `topic`; partitions without a commit are missing. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, bigint>>
  /** The same with what the committer wrote beside it. */
  commits(group: string, topic: string): Promise<ReadonlyMap<number, Commit>>
  /** First offset of each partition, and up to where every transaction has ended: with none open, the next offset to be written. */
  bounds(topic: string): Promise<ReadonlyMap<number, { readonly low: bigint; readonly high: bigint }>>
  /** The first offset at or after a time (epoch milliseconds) by partition; the next offset to be written where nothing is that young. */
  offsetsAt(topic: string, timestamp: number): Promise<ReadonlyMap<number, bigint>>
  /** Leader's broker id by partition; undefined when the topic does not exist. */
  leaders(topic: string): Promise<ReadonlyMap<number, number> | undefined>
  /** How many replicas each partition should have, in sync or not; undefined when the topic does not exist. @throws PortError `refused` without the right to know */
  replicas(topic: string): Promise<ReadonlyMap<number, number> | undefined>
  /** How a topic's partitions are replicated; undefined when it does not exist. */
  replication(topic: string): Promise<Replication | undefined>
  topicNames(): Promise<readonly string[]>
  /** Resolves when the controller has taken them; brokers learn of them a moment later. */
  createTopics(specs: readonly TopicSpec[]): Promise<void>
  configOf(topic: string, names: readonly string[]): Promise<Readonly<Record<string, string>>>
  clusterId(): Promise<string>
  /** Deletes a group without members. @throws PortError also when there is no such group */
  deleteGroup(group: string): Promise<void>
  close(): Promise<void>
}

export interface KafkaPort {
  producer(): ProducerPort
  /** Fences every older owner of `transactionalId` (InitProducerId) before it resolves. @throws PortError */
  fence(transactionalId: string): Promise<TransactionPort>
  member(options: MemberOptions): MemberPort
  admin(): AdminPort
}

/** By topic and partition, of which a process has few: the same text each time needs no new hash in a map. */
const partitionKeys = new Map<string, string[]>()

export function partitionKey({ topic, partition }: TopicPartition): string {
  if (partition < 0) return `${topic}-${partition}`
  const known = partitionKeys.get(topic) ?? []
  if (known.length === 0) partitionKeys.set(topic, known)
  known[partition] ??= `${topic}-${partition}`
  return known[partition]
}
