import { randomBytes } from 'node:crypto'
import { topicKey } from '@millrace/domain'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { deadLetterTopic, type Topic, topics, type WebhookEvent } from '@millrace/schemas'
import { patient, waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { startExtract as startExtracting } from '../../src/start-extract.ts'
import { writeGraph } from '../../src/write-graph.ts'

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const own = [
  topics.events,
  topics.replays,
  topics.snapshots,
  topics.observations,
  topics.nodes,
  topics.relationships,
  topics.extractions,
]
const dead = [
  deadLetterTopic(topics.events as Topic<unknown>, 'knowledge-extract'),
  deadLetterTopic(topics.replays as Topic<unknown>, 'knowledge-extract'),
  deadLetterTopic(topics.snapshots as Topic<unknown>, 'knowledge-snapshots'),
  deadLetterTopic(topics.observations as Topic<unknown>, 'knowledge-fold'),
]

/** Topics and keys of one test file, on the broker and Redis that all share. */
export interface Installation {
  readonly kafka: Kafka
  readonly redis: Redis
  readonly prefix: string
  /** Environment of a service process of this installation. */
  readonly env: Readonly<Record<string, string>>
  connect(): Kafka
  send(...events: WebhookEvent[]): Promise<void>
  /** Every value of a topic in the order of the partitions, nulls included, with its key. */
  read<V>(topic: Topic<V>): Promise<{ readonly key: string | null; readonly value: V | null }[]>
  /** The last value of each key. */
  table<V>(topic: Topic<V>): Promise<Map<string, V | null>>
  /** Resolves once the group has committed everything that is in the topic now, whichever of its members had it. */
  handled<V>(group: string, topic: Topic<V>): Promise<void>
  /** Removes this installation's keys, as if Redis had been emptied. */
  wipeRedis(): Promise<void>
  close(): Promise<void>
}

export async function createInstallation(): Promise<Installation> {
  const prefix = `t${randomBytes(4).toString('hex')}.`
  const { KAFKA_BROKERS = '', REDIS_URL = '' } = process.env
  const redis = new Redis(REDIS_URL, { keyPrefix: prefix })
  const opened: Kafka[] = []
  const connect = () => {
    const kafka = connectKafka({
      ...patient,
      brokers: KAFKA_BROKERS.split(','),
      clientId: 'test',
      log,
      prefix,
      // A member that a busy machine holds up for moments is not to lose its partitions: then everything is done, and told, once more.
      sessionTimeoutMs: 10_000,
    })
    opened.push(kafka)
    return kafka
  }
  const kafka = connect()
  await kafka.ensureTopics([...own, ...dead] as Topic<unknown>[], { eventPartitions: 2, replication: 1 })

  const read = async <V>(topic: Topic<V>) => {
    const found: { partition: number; key: string | null; value: V | null }[] = []
    for await (const record of kafka.read(topic as Topic<unknown>, { from: 'beginning', untilEnd: true })) {
      found.push({ partition: record.partition, key: record.key, value: kafka.decode(topic, record) })
    }
    return found.toSorted((a, b) => a.partition - b.partition).map(({ key, value }) => ({ key, value }))
  }
  return {
    kafka,
    redis,
    prefix,
    connect,
    read,
    env: { KAFKA_BROKERS, REDIS_URL, KAFKA_PREFIX: prefix, REDIS_PREFIX: prefix, KAFKA_SESSION_TIMEOUT_MS: '3000' },
    table: async (topic) => new Map((await read(topic)).map(({ key, value }) => [key ?? '', value])),
    send: async (...events) => {
      await Promise.all(
        events.map((event) =>
          kafka.send(topics.events, topicKey(event.tenant, event.client_id ?? event.event_id), event),
        ),
      )
    },
    handled: async (group, topic) => {
      const ends = await kafka.ends(topic)
      const look = async () => {
        const committed = await kafka.committed(group, topic)
        return [...ends].every(([partition, end]) => (committed.get(partition) ?? 0n) >= end)
      }
      await waitFor(look, { what: `${group} to be done with ${topic.name}`, everyMs: 200 })
    },
    wipeRedis: async () => {
      const keys = await redis.keys(`${prefix}*`)
      if (keys.length > 0) await redis.del(...keys.map((key) => key.slice(prefix.length)))
    },
    close: async () => {
      await Promise.all(opened.map((each) => each.close()))
      redis.disconnect()
    },
  }
}

export function startExtract({ kafka, redis }: Pick<Installation, 'kafka' | 'redis'>) {
  return startExtracting({ kafka, redis })
}

export async function startFold({ kafka, redis }: Pick<Installation, 'kafka' | 'redis'>) {
  return writeGraph({ kafka, redis, log, clusterId: await kafka.clusterId() })
}
