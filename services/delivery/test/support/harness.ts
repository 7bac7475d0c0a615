import { randomBytes } from 'node:crypto'
import { topicKey } from '@millrace/domain'
import { connectKafka, type Kafka, type Log, type RawRecord, type Table } from '@millrace/kafka'
import {
  type Attempt,
  allTopics,
  deadLetterTopic,
  type Endpoint,
  type Topic,
  topics,
  type WebhookEvent,
} from '@millrace/schemas'
import { newSecret, newSecretKey, parseSecretKeys } from '@millrace/signing'
import { patient, waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { type DeliveryOptions, startDelivery } from '../../src/delivery.ts'
import { targetsWith } from './targets.ts'
import { endpointOf, secretOf } from './values.ts'

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** Topics of its own on the real broker, and what tests do with them. */
export interface World {
  readonly kafka: Kafka
  readonly prefix: string
  readonly keys: string
  readonly secret: string
  /** Every attempt written so far. */
  readonly attempts: readonly Attempt[]
  /** Tables of the endpoints of the services that run on these topics. */
  readonly tables: Set<Pick<Table<Endpoint>, 'get'>>
  /** Writes an endpoint whose secret is `secret`, and gives it back once every service has read it: it gets only events that are read after it. */
  addEndpoint(url: string, changes?: Partial<Endpoint>): Promise<Endpoint>
  publish(event: WebhookEvent): Promise<void>
  /** Waits for the dead letter of a topic that comes from this delivery. */
  deadLetterOf(source: Topic<never> | Topic<unknown>, deliveryId: string): Promise<RawRecord>
  /** Waits until an attempt fits. */
  attempt(what: string, fits: (attempt: Attempt) => boolean, deadlineMs?: number): Promise<Attempt>
  close(): Promise<void>
}

export async function createWorld(): Promise<World> {
  const prefix = `t${randomBytes(5).toString('hex')}.`
  const kafka = connectTo(prefix)
  await kafka.ensureTopics(allTopics(), { eventPartitions: 2, replication: 1 })
  const keys = newSecretKey('test')
  const secret = newSecret()
  const attempts: Attempt[] = []
  const tables = new Set<Pick<Table<Endpoint>, 'get'>>()
  const stopping = new AbortController()
  const collecting = collect(kafka, attempts, stopping.signal)

  return {
    kafka,
    prefix,
    keys,
    secret,
    attempts,
    tables,
    async addEndpoint(url, changes) {
      const plain = endpointOf({ url, ...changes })
      const key = topicKey(plain.tenant, plain.endpoint_id)
      const endpoint = { ...plain, secrets: [secretOf(plain, secret, parseSecretKeys(keys))], ...changes }
      await kafka.send(topics.endpoints, key, endpoint)
      const isRead = () => [...tables].every((table) => isSame(table.get(key), endpoint))
      await waitFor(isRead, { what: `the endpoint ${key} in every service` })
      return endpoint
    },
    publish: async (event) => {
      await kafka.send(topics.events, topicKey(event.tenant, event.conversation_id ?? event.event_id), event)
    },
    deadLetterOf: (source, deliveryId) => {
      const dead = deadLetterTopic(source, 'delivery-send')
      const look = async () => {
        for await (const record of kafka.read(dead, { untilEnd: true })) {
          if (kafka.decode(topics.requested, record)?.delivery_id === deliveryId) return record
        }
        return undefined
      }
      return waitFor(look, { what: `a dead letter of ${deliveryId}`, everyMs: 200 })
    },
    attempt: (what, fits, deadlineMs = 60_000) =>
      waitFor(() => attempts.find(fits), { what: `an attempt: ${what}`, deadlineMs }),
    async close() {
      stopping.abort()
      await collecting
      await kafka.close(3_000)
    },
  }
}

export interface RunningDelivery {
  /** What was published so far has been asked about by the service. */
  requested(): Promise<void>
  close(): Promise<void>
}

function isSame(known: Endpoint | undefined, endpoint: Endpoint): boolean {
  const fields = Object.keys(endpoint) as (keyof Endpoint)[]
  return fields.every((field) => JSON.stringify(known?.[field]) === JSON.stringify(endpoint[field]))
}

/** The service in this process, on the world's topics, with its own Kafka client. */
export async function runDelivery(world: World, changes: Partial<DeliveryOptions> = {}): Promise<RunningDelivery> {
  const kafka = connectTo(world.prefix)
  const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: world.prefix })
  const known: Table<Endpoint>[] = []
  const service = await startDelivery({
    kafka: {
      ...kafka,
      table<V>(topic: Topic<V>) {
        const table = kafka.table(topic)
        if (topic.name === topics.endpoints.name) known.push(table as unknown as Table<Endpoint>)
        return table
      },
    },
    report: () => {},
    keys: parseSecretKeys(world.keys),
    timeoutMs: 20_000,
    targets: targetsWith(),
    redis,
    log: silent,
    fronts: { of: () => undefined },
    endpointLimits: { inFlight: 10, perMinute: 100 },
    tenantLimits: { inFlight: 200, perMinute: 10_000 },
    concurrency: 1_000,
    maxQueued: 4_000,
    userAgent: 'Millrace/test',
    ...changes,
  })
  await Promise.all([service.requests.joined, service.processed.joined, service.sends.joined])
  for (const table of known) world.tables.add(table)
  return {
    requested: () => service.requests.caughtUp(AbortSignal.timeout(60_000)),
    async close() {
      for (const table of known) world.tables.delete(table)
      service.stopIntake(2_000)
      await Promise.all([service.requests.close(2_000), service.processed.close(2_000), service.sends.close(2_000)])
      await service.close()
      await kafka.close(2_000)
      redis.disconnect()
    },
  }
}

function connectTo(prefix: string): Kafka {
  const brokers = (process.env.KAFKA_BROKERS ?? '').split(',')
  return connectKafka({ ...patient, brokers, clientId: 'delivery-test', log: silent, prefix, sessionTimeoutMs: 6_000 })
}

async function collect(kafka: Kafka, into: Attempt[], signal: AbortSignal): Promise<void> {
  for await (const record of kafka.read(topics.attempts, { signal })) {
    const attempt = kafka.decode(topics.attempts, record)
    if (attempt !== null) into.push(attempt)
  }
}
