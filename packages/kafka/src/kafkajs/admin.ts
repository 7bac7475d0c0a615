import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import type { AdminPort } from '../port.ts'
import { portError, typeOf } from './client.ts'

/** Admin calls over one lazily connected client; a failed connection is tried again by the next call. */
export function createAdmin(client: Kafka): AdminPort {
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
  const ask = async <T>(question: (admin: Admin) => Promise<T>): Promise<T> => {
    try {
      return await question(await connect())
    } catch (error) {
      throw portError(error)
    }
  }
  const commits: AdminPort['commits'] = (group, topic) =>
    ask(async (admin) => {
      const [answer] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
      const known = (answer?.partitions ?? []).filter(({ offset }) => BigInt(offset) >= 0n)
      return new Map(
        known.map(({ partition, offset, metadata }) => [
          partition,
          { next: BigInt(offset), ...(metadata && { metadata }) },
        ]),
      )
    })
  return {
    commits,
    committed: async (group, topic) =>
      new Map([...(await commits(group, topic))].map(([partition, { next }]) => [partition, next])),
    bounds: (topic) =>
      ask(async (admin) => {
        const offsets = await admin.fetchTopicOffsets(topic)
        return new Map(offsets.map(({ partition, low, high }) => [partition, { low: BigInt(low), high: BigInt(high) }]))
      }),
    leaders: (topic) =>
      ask(async (admin) => {
        try {
          const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
          return new Map(topics[0]?.partitions.map(({ partitionId, leader }) => [partitionId, leader]))
        } catch (error) {
          if (typeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined
          throw error
        }
      }),
    topicNames: () => ask((admin) => admin.listTopics()),
    createTopics: (specs) =>
      ask(async (admin) => {
        await admin.createTopics({
          // kafkajs's own wait takes a broker that has not heard of the topic yet for a failure.
          waitForLeaders: false,
          topics: specs.map(({ name, partitions, replication, configs }) => ({
            topic: name,
            numPartitions: partitions,
            replicationFactor: replication,
            configEntries: Object.entries(configs).map(([entry, value]) => ({ name: entry, value })),
          })),
        })
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
    async close() {
      const open = connected
      connected = undefined
      await open?.then((admin) => admin.disconnect()).catch(() => {})
    },
  }
}
