import { randomBytes } from 'node:crypto'
import { topicKey } from '@millrace/domain'
import { createFrontClient } from '@millrace/front-client'
import { connectKafka, type Kafka, type RunningFold } from '@millrace/kafka'
import {
  type ConversationRefresh,
  type ConversationSnapshot,
  deadLetterTopic,
  type Topic,
  topics,
  type WebhookEvent,
} from '@millrace/schemas'
import {
  type FrontSimulator,
  runService,
  type ServiceProcess,
  startFrontSimulator,
  waitFor,
} from '@millrace/test-support'
import { Redis } from 'ioredis'
import { createAccountGate } from '../../src/account-gate.ts'
import { refreshConversations } from '../../src/refresh-conversations.ts'
import { writeSnapshots } from '../../src/write-snapshots.ts'
import { eventOf } from './events.ts'

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const deadEvents = deadLetterTopic(topics.events as Topic<unknown>, 'conversation-refresh')
const own = [
  topics.events,
  topics.refreshes,
  topics.snapshots,
  deadEvents,
  deadLetterTopic(topics.refreshes as Topic<unknown>, 'conversation-snapshot'),
] as Topic<unknown>[]

/** Topics, Redis keys and a Front of their own for a test file. */
export interface Installation {
  readonly kafka: Kafka
  readonly redis: Redis
  readonly front: FrontSimulator
  /** Both halves of the service in this process; `baseUrl` where Front is reached another way. */
  start(baseUrl?: string): Promise<void>
  /** Only the half that folds reads into snapshots. */
  startSnapshots(): Promise<RunningFold<ConversationRefresh>>
  run(): Promise<ServiceProcess>
  /** Sends an event of the conversation; gives its id. */
  event(conversationId: string, changes?: Partial<WebhookEvent>): Promise<string>
  refresh(refresh: ConversationRefresh): Promise<void>
  /** Every committed snapshot of a conversation, oldest first. */
  snapshots(conversationId: string): ConversationSnapshot[]
  /** Waits for the snapshot that reflects the event. */
  reflected(conversationId: string, eventId: string, deadlineMs?: number): Promise<ConversationSnapshot>
  deadLetters(): number
  /** What calls of this process to Front got, when it got it; status null for no answer. */
  readonly answers: readonly { readonly status: number | null; readonly at: number }[]
  /** Removes every key at once, as FLUSHALL would. */
  flush(): Promise<void>
  close(): Promise<void>
}

export async function createInstallation(): Promise<Installation> {
  const prefix = `t${randomBytes(4).toString('hex')}.`
  const { KAFKA_BROKERS = '', REDIS_URL = '' } = process.env
  const redis = new Redis(REDIS_URL, { keyPrefix: prefix })
  const front = await startFrontSimulator()
  const closers: (() => Promise<unknown>)[] = []
  const connect = () => {
    const brokers = KAFKA_BROKERS.split(',')
    const kafka = connectKafka({ brokers, clientId: 'test', log, prefix, sessionTimeoutMs: 6_000 })
    closers.push(() => kafka.close(1_000))
    return kafka
  }
  const kafka = connect()
  await kafka.ensureTopics(own, { eventPartitions: 2, replication: 1 })
  const stopTails = new AbortController()
  const tail = <V>(topic: Topic<V>): V[] => {
    const found: V[] = []
    const collect = async () => {
      for await (const raw of kafka.read(topic as Topic<unknown>, { signal: stopTails.signal })) {
        found.push(kafka.decode(topic, raw) as V)
      }
    }
    const collecting = collect()
    closers.unshift(() => collecting)
    return found
  }
  const allSnapshots = tail(topics.snapshots)
  const dead = tail(deadEvents)
  const snapshots = (id: string) => allSnapshots.filter(({ conversation_id }) => conversation_id === id)

  const answers: { status: number | null; at: number }[] = []
  const onCall = ({ status }: { status: number | null }) => void answers.push({ status, at: Date.now() })
  const startSnapshots = async () => {
    const clusterId = await kafka.clusterId()
    return writeSnapshots({ kafka: connect(), redis, log, clusterId })
  }
  return {
    kafka,
    redis,
    front,
    startSnapshots,
    start: async (baseUrl = front.url) => {
      await startSnapshots()
      const client = createFrontClient({ token: front.token, baseUrl, fetchTimeoutMs: 1_000, onCall })
      closers.push(() => client.close(1_000))
      refreshConversations({
        kafka: connect(),
        log,
        gate: createAccountGate(),
        clientOf: () => client,
        concurrency: 4,
        messages: 20,
        onRefreshed: () => {},
      })
    },
    run: async () => {
      const service = await runService({
        name: 'conversation-refresh',
        env: {
          KAFKA_BROKERS,
          REDIS_URL,
          KAFKA_PREFIX: prefix,
          REDIS_PREFIX: prefix,
          KAFKA_SESSION_TIMEOUT_MS: '3000',
          FRONT_API_TOKEN: front.token,
          FRONT_API_BASE_URL: front.url,
          FRONT_API_CALLS_PER_MINUTE: '6000',
          REFRESH_CALL_TIMEOUT_MS: '1000',
        },
      })
      closers.unshift(() => service.kill())
      return service
    },
    event: async (conversationId, changes) => {
      const event = eventOf(conversationId, changes)
      await kafka.send(topics.events, topicKey(event.tenant, conversationId), event)
      return event.event_id
    },
    refresh: async (refresh) => {
      await kafka.send(topics.refreshes, topicKey(refresh.tenant, refresh.conversation_id), refresh)
    },
    snapshots,
    reflected: (conversationId, eventId, deadlineMs = 20_000) =>
      waitFor(() => snapshots(conversationId).find(({ caused_by }) => caused_by.includes(eventId)), {
        what: `a snapshot of ${conversationId} that reflects ${eventId}`,
        deadlineMs,
      }),
    deadLetters: () => dead.length,
    answers,
    flush: async () => {
      const script = `for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end`
      await redis.eval(script, 0, `${prefix}*`)
    },
    close: async () => {
      stopTails.abort()
      await Promise.all(closers.map((close) => close()))
      redis.disconnect()
      await front.close()
    },
  }
}
