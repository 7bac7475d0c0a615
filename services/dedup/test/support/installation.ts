import { randomBytes } from 'node:crypto'
import { ingestModeOf, topicKey } from '@millrace/domain'
import { connectKafka, type Kafka, partitionOf, type RawRecord, type RunningTransform } from '@millrace/kafka'
import {
  type ConversationRefresh,
  deadLetterTopic,
  type ReceivedWebhook,
  type Topic,
  topics,
  type WebhookEvent,
} from '@millrace/schemas'
import { patient, runService, type ServiceProcess, waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import type { Admin } from 'kafkajs'
import { createClaimStore } from '../../src/claim-store.ts'
import { startDedup } from '../../src/dedup.ts'
import { createGate } from '../../src/gate.ts'
import { createInboxMemory } from '../../src/inbox-memory.ts'
import type { FieldsOf } from '../../src/name-received.ts'
import { fresh, keyOf, nameless, received } from './webhooks.ts'

const quietLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const deadLetters = deadLetterTopic(topics.received as Topic<unknown>, 'dedup')

export interface StartOptions {
  readonly redisUrl?: string
  readonly clusterId?: string
  readonly fieldsOf?: FieldsOf
}

export interface Tailed<V> {
  readonly raw: RawRecord
  readonly value: V
}

/** Topics and Redis keys of a test, on the broker and Redis that all share. */
export interface Installation {
  readonly kafka: Kafka
  readonly redis: Redis
  readonly prefix: string
  send(...webhooks: ReceivedWebhook[]): Promise<void>
  /** Sends something that is no received webhook. */
  sendBytes(bytes: Buffer): Promise<void>
  /** Starts the service's work in this process. */
  start(options?: StartOptions): Promise<RunningTransform<ReceivedWebhook>>
  /** Starts the service as a process. */
  run(): Promise<ServiceProcess>
  /** Resolves when everything that was sent has come through: a last webhook of each partition has become an event. */
  settle(deadlineMs?: number): Promise<void>
  /** Committed events so far, in order within a partition. */
  events(): Tailed<WebhookEvent>[]
  eventIds(): string[]
  /** All that the topic has now, and so what was committed before the events that `settle` saw. */
  refreshes(): Promise<Tailed<ConversationRefresh>[]>
  deadLetters(): Promise<RawRecord[]>
  /** Removes every key at once, as FLUSHALL would. */
  flush(): Promise<void>
  /** What Redis holds, to be put back by `restore`. */
  dump(): Promise<Map<string, Buffer>>
  /** Redis holds what it held at the time of the dump and nothing else, as after a failover to a replica that was behind. */
  restore(dump: ReadonlyMap<string, Buffer>): Promise<void>
  /** Deletes and creates all topics; events are told from their new beginning. */
  recreateTopics(admin: Admin): Promise<void>
  close(): Promise<void>
}

export interface InstallationOptions {
  readonly partitions?: number
  /** Largest value that the broker takes for `webhooks.events`, to have it refuse some. */
  readonly maxEventBytes?: number
}

const LAST = 'settle'

export async function createInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const partitions = options.partitions ?? 2
  const prefix = `t${randomBytes(4).toString('hex')}.`
  const { KAFKA_BROKERS = '', REDIS_URL = '' } = process.env
  const redis = new Redis(REDIS_URL, { keyPrefix: prefix })
  const closers: (() => Promise<unknown>)[] = []
  const connect = () => {
    const brokers = KAFKA_BROKERS.split(',')
    const kafka = connectKafka({
      ...patient,
      brokers,
      clientId: 'test',
      log: quietLog,
      prefix,
      sessionTimeoutMs: 6_000,
    })
    closers.push(() => kafka.close(1_000))
    return kafka
  }
  const kafka = connect()
  const eventTopic = { ...topics.events, maxValueBytes: options.maxEventBytes ?? topics.events.maxValueBytes }
  const own = [topics.received, eventTopic, topics.refreshes, topics.modes, deadLetters] as Topic<unknown>[]
  await kafka.ensureTopics(own, { eventPartitions: partitions, replication: 1 })
  let stopTails = new AbortController()
  const tail = <V>(topic: Topic<V>): Tailed<V>[] => {
    const found: Tailed<V>[] = []
    const { signal } = stopTails
    const collect = async () => {
      for await (const raw of kafka.read(topic as Topic<unknown>, { signal })) {
        found.push({ raw, value: kafka.decode(topic, raw) as V })
      }
    }
    const collecting = collect()
    closers.unshift(() => collecting)
    return found
  }
  let allEvents = tail(topics.events)
  const readAll = async <V>(topic: Topic<V>): Promise<Tailed<V>[]> => {
    const found: Tailed<V>[] = []
    for await (const raw of kafka.read(topic as Topic<unknown>, { untilEnd: true }))
      found.push({ raw, value: kafka.decode(topic, raw) as V })
    return found
  }
  const keys = async () => (await redis.keys(`${prefix}*`)).map((key) => key.slice(prefix.length))
  const send = async (...webhooks: ReceivedWebhook[]) => {
    await Promise.all(webhooks.map((webhook) => kafka.send(topics.received, keyOf(webhook), webhook)))
  }
  const events = () => allEvents.filter(({ value }) => value.source !== LAST)
  return {
    kafka,
    redis,
    prefix,
    send,
    sendBytes: async (bytes) => {
      await kafka.send({ ...deadLetters, name: topics.received.name }, 'default/bytes', bytes)
    },
    start: async ({ redisUrl = REDIS_URL, clusterId, fieldsOf = () => undefined } = {}) => {
      const own = connect()
      const connection = new Redis(redisUrl, {
        keyPrefix: prefix,
        commandTimeout: 2_000,
        maxRetriesPerRequest: 1,
        autoResendUnfulfilledCommands: false,
        retryStrategy: () => 50,
      })
      connection.on('error', () => {})
      closers.push(async () => connection.disconnect())
      const store = createClaimStore(connection, clusterId ?? (await own.clusterId()))
      const modes = own.table(topics.modes)
      closers.push(() => modes.close())
      const gate = createGate({
        ready: modes.ready,
        modeOf: (tenant, source) => ingestModeOf(modes.get(topicKey(tenant, source))),
        inboxes: createInboxMemory(connection),
      })
      return startDedup({ kafka: own, store, log: quietLog, fieldsOf, gate, onVerdict: () => {} })
    },
    run: async () => {
      const service = await runService({ name: 'dedup', env: env(prefix) })
      closers.unshift(() => service.kill())
      return service
    },
    settle: async (deadlineMs = 60_000) => {
      const last = lastOfEach(partitions)
      await send(...last)
      const ids = new Set(last.map(({ webhook_id }) => webhook_id))
      await waitFor(() => allEvents.filter(({ value }) => ids.has(value.webhook_id)).length === partitions, {
        what: 'everything to come through',
        deadlineMs,
      })
    },
    events,
    eventIds: () => events().map(({ value }) => value.event_id),
    refreshes: () => readAll(topics.refreshes),
    deadLetters: async () => (await readAll(deadLetters)).map(({ raw }) => raw),
    flush: async () => {
      const script = `for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end`
      await redis.eval(script, 0, `${prefix}*`)
    },
    dump: async () => {
      const held = await keys()
      return new Map(await Promise.all(held.map(async (key) => [key, await redis.dumpBuffer(key)] as const)))
    },
    restore: async (dump) => {
      const transaction = redis.multi()
      for (const key of await keys()) transaction.del(key)
      for (const [key, value] of dump) transaction.restore(key, 0, value)
      await transaction.exec()
    },
    recreateTopics: async (admin) => {
      stopTails.abort()
      await admin.deleteTopics({ topics: own.map(({ name }) => `${prefix}${name}`) })
      await waitFor(async () => !(await admin.listTopics()).some((name) => name.startsWith(prefix)), {
        what: 'the topics to be gone',
      })
      // A client that knew the old topics asks for them until they are there again.
      const creator = connect()
      const created = async () => {
        await creator.ensureTopics(own, { eventPartitions: partitions, replication: 1 })
        return true
      }
      await waitFor(created, { what: 'the topics to be created anew' })
      stopTails = new AbortController()
      allEvents = tail(topics.events)
    },
    close: async () => {
      stopTails.abort()
      await Promise.all(closers.map((close) => close()))
      redis.disconnect()
    },
  }
}

function env(prefix: string): Record<string, string> {
  const { KAFKA_BROKERS = '', REDIS_URL = '' } = process.env
  return { KAFKA_BROKERS, REDIS_URL, KAFKA_PREFIX: prefix, REDIS_PREFIX: prefix, KAFKA_SESSION_TIMEOUT_MS: '3000' }
}

/** A new webhook for each partition. */
function lastOfEach(partitions: number): ReceivedWebhook[] {
  const last = new Map<number, ReceivedWebhook>()
  while (last.size < partitions) {
    const webhook = received(nameless(fresh('cnv')), { source: LAST })
    last.set(partitionOf(Buffer.from(keyOf(webhook)), partitions), webhook)
  }
  return [...last.values()]
}
