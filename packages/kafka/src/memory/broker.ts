import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import {
  type Appended,
  type Commit,
  type FetchedRecord,
  PortError,
  partitionKey,
  type TopicPartition,
  type TopicSpec,
  type TransactionOffsets,
  type WireRecord,
} from '../port.ts'

interface Transaction {
  outcome: 'open' | 'committed' | 'aborted'
}

interface Entry extends FetchedRecord {
  readonly transaction: Transaction | undefined
  readonly isMarker: boolean
}

interface Producer {
  epoch: number
  open: { readonly transaction: Transaction; readonly places: Set<string> } | undefined
}

const MAX_FETCH = 500

/** One broker's logs, offsets and transactional ids. Nothing is on disk, nothing is removed; only what the port can show is modelled. */
export interface MemoryBroker {
  readonly clusterId: string
  readonly topics: ReadonlyMap<string, TopicSpec>
  /** Calls back after each change that readers could see. Answers the unsubscriber. */
  onChange(listener: () => void): () => void
  create(spec: TopicSpec): void
  high(tp: TopicPartition): bigint
  /** The first offset at or after a time; `high` where nothing is that young. */
  firstAt(tp: TopicPartition, timestamp: number): bigint
  /** As a broker does: nothing is written when one record of the request is refused. */
  append(records: readonly WireRecord[]): Appended[]
  /** What a reader at `from` gets, and where it stands after that. Read-committed readers stop before the first open transaction. */
  fetch(tp: TopicPartition, from: bigint, isReadCommitted: boolean): { records: FetchedRecord[]; next: bigint }
  /** The group's offsets, to read and to change. */
  offsets(group: string): Map<string, Commit>
  /** InitProducerId: ends what an older owner left open. Answers the new epoch. */
  fence(transactionalId: string): number
  write(transactionalId: string, epoch: number, records: readonly WireRecord[]): void
  commit(transactionalId: string, epoch: number, offsets: TransactionOffsets): void
}

export function createMemoryBroker(): MemoryBroker {
  const topics = new Map<string, TopicSpec>()
  const logs = new Map<string, Entry[]>()
  const groups = new Map<string, Map<string, Commit>>()
  const producers = new Map<string, Producer>()
  const changes = new EventEmitter().setMaxListeners(0)

  const logOf = (place: string): Entry[] => {
    const log = logs.get(place)
    if (log === undefined) throw new PortError('unavailable', 'UNKNOWN_TOPIC_OR_PARTITION', `there is no ${place}`)
    return log
  }

  const checkSize = ({ topic, value }: WireRecord) => {
    const limit = Number(topics.get(topic)?.configs['max.message.bytes'] ?? Number.POSITIVE_INFINITY)
    if ((value?.length ?? 0) > limit) throw new PortError('refused', 'MESSAGE_TOO_LARGE', `more than ${limit} bytes`)
  }

  const append = (records: readonly WireRecord[], transaction?: Transaction): Appended[] => {
    for (const record of records) checkSize(record)
    const base = new Map<string, Appended>()
    for (const { topic, partition, key, value, headers } of records) {
      const place = partitionKey({ topic, partition })
      const log = logOf(place)
      const offset = BigInt(log.length)
      if (!base.has(place)) base.set(place, { topic, partition, baseOffset: offset })
      const pairs = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const)
      const facts = { offset, timestamp: Date.now(), transaction, isMarker: false }
      log.push({ ...facts, key, value, headers: new Map(pairs) })
    }
    changes.emit('change')
    return [...base.values()]
  }

  const offsets = (group: string) => {
    const known = groups.get(group) ?? new Map<string, Commit>()
    groups.set(group, known)
    return known
  }

  const ownerOf = (id: string, epoch: number): Producer => {
    const producer = producers.get(id)
    if (producer?.epoch !== epoch) throw new PortError('fenced', 'PRODUCER_FENCED', `${id} has a newer owner`)
    return producer
  }

  const end = (producer: Producer, outcome: 'committed' | 'aborted') => {
    if (producer.open === undefined) return
    const { transaction, places } = producer.open
    producer.open = undefined
    transaction.outcome = outcome
    for (const place of places) {
      const log = logOf(place)
      const facts = { offset: BigInt(log.length), timestamp: Date.now(), transaction: undefined, isMarker: true }
      log.push({ ...facts, key: null, value: null, headers: new Map() })
    }
    changes.emit('change')
  }

  return {
    clusterId: `memory-${randomUUID()}`,
    topics,
    onChange(listener) {
      changes.on('change', listener)
      return () => changes.off('change', listener)
    },
    create(spec) {
      topics.set(spec.name, spec)
      for (let partition = 0; partition < spec.partitions; partition++) logs.set(`${spec.name}-${partition}`, [])
      changes.emit('change')
    },
    high: (tp) => BigInt(logOf(partitionKey(tp)).length),
    firstAt(tp, timestamp) {
      const log = logOf(partitionKey(tp))
      const place = log.findIndex((entry) => entry.timestamp >= timestamp)
      return BigInt(place < 0 ? log.length : place)
    },
    append: (records) => append(records),
    fetch: (tp, from, isReadCommitted) => fetchFrom(logOf(partitionKey(tp)), Number(from), isReadCommitted),
    offsets,
    fence(id) {
      const producer = producers.get(id) ?? { epoch: -1, open: undefined }
      producers.set(id, producer)
      end(producer, 'aborted')
      producer.epoch++
      return producer.epoch
    },
    write(id, epoch, records) {
      const producer = ownerOf(id, epoch)
      producer.open ??= { transaction: { outcome: 'open' }, places: new Set() }
      for (const tp of append(records, producer.open.transaction)) producer.open.places.add(partitionKey(tp))
    },
    commit(id, epoch, { group, next, ...tp }) {
      const producer = ownerOf(id, epoch)
      offsets(group).set(partitionKey(tp), { next })
      end(producer, 'committed')
    },
  }
}

function fetchFrom(log: readonly Entry[], from: number, isReadCommitted: boolean) {
  const records: FetchedRecord[] = []
  let place = from
  for (; place < log.length && records.length < MAX_FETCH; place++) {
    const entry = log[place] as Entry
    const outcome = isReadCommitted ? entry.transaction?.outcome : undefined
    if (outcome === 'open') break
    if (!entry.isMarker && outcome !== 'aborted') records.push(entry)
  }
  return { records, next: BigInt(place) }
}
