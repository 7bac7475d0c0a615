import kafkajs, { type Admin, type Kafka, type PartitionMetadata } from 'kafkajs'
import { backoffMs, pauseFor } from '../backoff.ts'
import { type AdminPort, PortError } from '../port.ts'
import { portError, typeOf } from './client.ts'

/**
 * Admin calls over lazily connected clients; a failed connection is tried again by the next call. Lookups of offsets have a client of their own: they go by
 * the metadata that all calls of a client share, which kafkajs replaces by that of the topics that other calls ask about.
 */
export function createAdmin(client: Kafka): AdminPort {
  const [general, lookups] = [connectLazily(client), connectLazily(client)]
  const { ask } = general
  const [boundsOnce, commitsOnce] = [createSharing<Bounds>(), createSharing<Commits>()]
  const commits: AdminPort['commits'] = (group, topic) =>
    commitsOnce(`${group} ${topic}`, () =>
      lookups.ask(async (admin) => {
        const partitions = await whenKnown(topic, async () => {
          const [answer] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
          return answer?.partitions ?? []
        })
        const known = partitions.filter(({ offset }) => BigInt(offset) >= 0n)
        return new Map(
          known.map(({ partition, offset, metadata }) => [
            partition,
            { next: BigInt(offset), ...(metadata && { metadata }) },
          ]),
        )
      }),
    )
  return {
    commits,
    committed: async (group, topic) =>
      new Map([...(await commits(group, topic))].map(([partition, { next }]) => [partition, next])),
    bounds: (topic) =>
      boundsOnce(topic, () =>
        lookups.ask(async (admin) => {
          const offsets = await whenKnown(topic, () => admin.fetchTopicOffsets(topic))
          return new Map(
            offsets.map(({ partition, low, high }) => [partition, { low: BigInt(low), high: BigInt(high) }]),
          )
        }),
      ),
    offsetsAt: (topic, timestamp) =>
      lookups.ask(async (admin) => {
        const offsets = await whenKnown(topic, () => admin.fetchTopicOffsetsByTimestamp(topic, timestamp))
        return new Map(offsets.map(({ partition, offset }) => [partition, BigInt(offset)]))
      }),
    leaders: (topic) => ask((admin) => byPartition(admin, topic, ({ leader }) => leader)),
    replicas: (topic) => ask((admin) => byPartition(admin, topic, ({ replicas }) => replicas.length)),
    replication: (topic) =>
      ask(async (admin) => {
        try {
          const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
          const partitions = topics[0]?.partitions ?? []
          return {
            total: partitions.length,
            underReplicated: partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
            offline: 0,
          }
        } catch (error) {
          const type = typeOf(error)
          if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined
          // kafkajs takes one partition without a leader for a failure of the whole question.
          if (type === 'LEADER_NOT_AVAILABLE') return { total: 1, underReplicated: 0, offline: 1 }
          throw error
        }
      }),
    topicNames: () => ask((admin) => whenLed(() => admin.listTopics())),
    createTopics: (specs) =>
      ask(async (admin) => {
        const topics = specs.map(({ name, partitions, replication, configs }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor: replication,
          configEntries: Object.entries(configs).map(([entry, value]) => ({ name: entry, value })),
        }))
        try {
          // kafkajs's own wait takes a broker that has not heard of the topic yet for a failure.
          await admin.createTopics({ waitForLeaders: false, topics })
        } catch (error) {
          if (!isUnderWay(error)) throw error
        }
      }),
    configOf: (topic, names) =>
      ask(async (admin) => {
        const { resources } = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [...names] }],
        })
        return Object.fromEntries(
          (resources[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue]),
        )
      }),
    clusterId: () => ask(async (admin) => (await admin.describeCluster()).clusterId),
    deleteGroup: (group) =>
      ask(async (admin) => {
        await admin.deleteGroups([group])
      }),
    close: async () => {
      await Promise.all([general.close(), lookups.close()])
    },
  }
}

function connectLazily(client: Kafka) {
  let connected: Promise<Admin> | undefined
  const connect = () => {
    connected ??= (async () => {
      const admin = client.admin()
      try {
        await admin.connect()
        return admin
      } catch (error) {
        connected = undefined
        throw error
      }
    })()
    return connected
  }
  return {
    async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
      try {
        return await question(await connect())
      } catch (error) {
        throw portError(error)
      }
    },
    async close(): Promise<void> {
      const open = connected
      connected = undefined
      await open?.then((admin) => admin.disconnect()).catch(() => {})
    },
  }
}

type Bounds = Awaited<ReturnType<AdminPort['bounds']>>
type Commits = Awaited<ReturnType<AdminPort['commits']>>

/**
 * Of the same question one is under way at a time. Who asks meanwhile shares the next one: however many wait for the same, the brokers are asked as if it
 * was one, and no answer is older than its question.
 */
function createSharing<T>() {
  const [running, waiting] = [new Map<string, Promise<unknown>>(), new Map<string, Promise<T>>()]
  return (question: string, ask: () => Promise<T>): Promise<T> => {
    const shared = waiting.get(question)
    if (shared !== undefined) return shared
    const next = Promise.resolve(running.get(question)).then(() => {
      waiting.delete(question)
      const answer = ask()
      const over = answer.then(
        () => running.delete(question),
        () => running.delete(question),
      )
      running.set(question, over)
      return answer
    })
    waiting.set(question, next)
    return next
  }
}

/** What the metadata of a topic says of each partition; undefined when there is no such topic. */
async function byPartition(
  admin: Admin,
  topic: string,
  look: (partition: PartitionMetadata) => number,
): Promise<ReadonlyMap<number, number> | undefined> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return new Map(topics[0]?.partitions.map((partition) => [partition.partitionId, look(partition)]))
  } catch (error) {
    if (typeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined
    throw error
  }
}

const TRIES = 4
const LED_TRIES = 40

/** Whether all topics that were not made are being made: by another caller, or by a broker that takes longer than the request waits for. Their leaders tell. */
function isUnderWay(error: unknown): boolean {
  const { errors } = error as { readonly errors?: readonly unknown[] }
  return errors?.every((each) => ['REQUEST_TIMED_OUT', 'TOPIC_ALREADY_EXISTS'].includes(typeOf(each))) ?? false
}

/** kafkajs takes one partition without a leader for a failure of the whole question: of a topic, whoever's, that is only just being made. */
async function whenLed<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (typeOf(error) !== 'LEADER_NOT_AVAILABLE' || attempt === LED_TRIES) throw error
      await pauseFor(backoffMs(attempt, 50, 500))
    }
  }
}

/**
 * What kafkajs looks up by the metadata that all calls of one client share. A call that came just before may have asked for it without this topic: kafkajs
 * then knows no partition of the topic, and answers with none or fails with a TypeError of its own. A topic always has one.
 * @throws PortError `unavailable` when that lasts for more than a moment
 */
async function whenKnown<T>(topic: string, ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    if (attempt > 1) await pauseFor(backoffMs(attempt - 1, 50, 500))
    try {
      const found = await ask()
      if (found.length > 0) return found
    } catch (error) {
      if (typeOf(error) !== 'TypeError') throw error
    }
  }
  throw new PortError('unavailable', 'LEADER_NOT_AVAILABLE', `the partitions of ${topic} are not known yet`)
}
