import { kafkaOver } from '../connect.ts'
import { type AdminPort, type KafkaPort, PortError, type TransactionPort } from '../port.ts'
import type { Kafka, KafkaOptions, Log } from '../types.ts'
import { createMemoryBroker, type MemoryBroker } from './broker.ts'
import { createMemoryGroups } from './groups.ts'
import { createMemoryMember } from './member.ts'

export interface MemoryKafkaOptions
  extends Partial<Pick<KafkaOptions, 'log' | 'wire' | 'prefix' | 'onFatal' | 'cipher'>> {
  /** Clients that share a cluster see the same topics and groups. Default: one of its own. */
  readonly cluster?: MemoryCluster
}

export interface MemoryCluster {
  readonly port: KafkaPort
}

/** Kafka without a broker, for unit tests of what handlers and transforms decide. What it promises is held by the conformance suite. */
export function connectMemoryKafka({ cluster = createMemoryCluster(), ...options }: MemoryKafkaOptions = {}): Kafka {
  return kafkaOver(cluster.port, { brokers: [], clientId: 'memory', log: silent, sendWithinMs: 60_000, ...options })
}

/** Topics, groups and transactional ids that several clients share. */
export function createMemoryCluster(): MemoryCluster {
  const broker = createMemoryBroker()
  const groups = createMemoryGroups(broker)
  return {
    port: {
      producer: () => ({ append: async (records) => broker.append(records), close: async () => {} }),
      fence: async (id) => transaction(broker, id),
      member: (options) => createMemoryMember(broker, groups, options),
      admin: () => admin(broker),
    },
  }
}

function transaction(broker: MemoryBroker, id: string): TransactionPort {
  const epoch = broker.fence(id)
  return {
    async commit(chunks, offsets) {
      for (const chunk of chunks) {
        broker.write(id, epoch, chunk)
        // A newer owner may come between any two requests.
        await new Promise(setImmediate)
      }
      broker.commit(id, epoch, offsets)
    },
    close: async () => {},
  }
}

function admin(broker: MemoryBroker): AdminPort {
  const partitionsOf = (topic: string): number[] =>
    Array.from({ length: broker.topics.get(topic)?.partitions ?? 0 }, (_, partition) => partition)
  const existing = (topic: string) => {
    const spec = broker.topics.get(topic)
    if (spec === undefined) throw new PortError('unavailable', 'UNKNOWN_TOPIC_OR_PARTITION', `there is no ${topic}`)
    return spec
  }
  const commits: AdminPort['commits'] = async (group, topic) => {
    const known = broker.offsets(group)
    const found = partitionsOf(topic).map((partition) => [partition, known.get(`${topic}-${partition}`)] as const)
    return new Map(found.flatMap(([partition, commit]) => (commit === undefined ? [] : [[partition, commit] as const])))
  }
  return {
    commits,
    committed: async (group, topic) =>
      new Map([...(await commits(group, topic))].map(([partition, { next }]) => [partition, next])),
    async bounds(topic) {
      existing(topic)
      return new Map(
        partitionsOf(topic).map((partition) => [partition, { low: 0n, high: broker.high({ topic, partition }) }]),
      )
    },
    async offsetsAt(topic, timestamp) {
      existing(topic)
      return new Map(
        partitionsOf(topic).map((partition) => [partition, broker.firstAt({ topic, partition }, timestamp)]),
      )
    },
    leaders: async (topic) =>
      broker.topics.has(topic) ? new Map(partitionsOf(topic).map((partition) => [partition, 1])) : undefined,
    replicas: async (topic) => {
      const replication = broker.topics.get(topic)?.replication
      if (replication === undefined) return undefined
      return new Map(partitionsOf(topic).map((partition) => [partition, replication]))
    },
    replication: async (topic) =>
      broker.topics.has(topic) ? { total: partitionsOf(topic).length, underReplicated: 0, offline: 0 } : undefined,
    topicNames: async () => [...broker.topics.keys()],
    createTopics: async (specs) => {
      for (const spec of specs) broker.create(spec)
    },
    configOf: async (topic) => existing(topic).configs,
    clusterId: async () => broker.clusterId,
    deleteGroup: async (group) => broker.offsets(group).clear(),
    close: async () => {},
  }
}

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
