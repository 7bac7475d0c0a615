import { randomBytes } from 'node:crypto'
import { type FoldRules, topicKey } from '@millrace/domain'
import { createFrontClient, type FrontClient } from '@millrace/front-client'
import { connectKafka, type Kafka } from '@millrace/kafka'
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
  patient,
  runService,
  type ServiceProcess,
  startFrontSimulator,
  waitFor,
} from '@millrace/test-support'
import { Redis } from 'ioredis'
import { createEnds, type Ends } from '../../src/forget-ends.ts'
import { serveWishes } from '../../src/serve-wishes.ts'
import { type RunningSnapshots, writeSnapshots } from '../../src/write-snapshots.ts'
import { eventOf } from './events.ts'

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const deadWishes = deadLetterTopic(topics.refreshes as Topic<unknown>, 'conversation-refresh')
const own = [
  topics.events,
  topics.replays,
  topics.refreshes,
  topics.snapshots,
  deadWishes,
  deadLetterTopic(topics.refreshes as Topic<unknown>, 'conversation-refresh-background'),
  deadLetterTopic(topics.refreshes as Topic<unknown>, 'conversation-snapshot'),
  deadLetterTopic(topics.events as Topic<unknown>, 'conversation-snapshot'),
  deadLetterTopic(topics.replays as Topic<unknown>, 'conversation-snapshot'),
] as Topic<unknown>[]
/** What a test may change of the service in this process. */
export interface StartOptions {
  readonly baseUrl?: string
  readonly rules?: Partial<FoldRules>
  readonly previewDelayMs?: number
  readonly maxInHand?: number
  /** Milliseconds that a call of Front may take. Default 10 000: a busy machine must not look like a Front that hangs. */
  readonly fetchTimeoutMs?: number
  /** The client of an account; default: one for all. */
  readonly clientOf?: (tenant: string, account: string) => FrontClient | undefined
}

/** Topics, Redis keys and a Front of their own for a test file. */
export interface Installation {
  readonly kafka: Kafka
  readonly redis: Redis
  readonly front: FrontSimulator
  /** Both halves of the service in this process. */
  start(options?: StartOptions): Promise<void>
  /** Only the half that folds into snapshots. */
  startSnapshots(rules?: Partial<FoldRules>): Promise<RunningSnapshots>
  /** The service's memory of ended conversations. */
  ends(): Promise<Ends>
  /** Every committed record of `conversations.refreshes`, oldest first. */
  refreshes(conversationId: string): ConversationRefresh[]
  run(): Promise<ServiceProcess>
  /** Sends an event of the conversation; gives its id. */
  event(conversationId: string, changes?: Partial<WebhookEvent>): Promise<string>
  refresh(refresh: ConversationRefresh): Promise<void>
  /** Every committed snapshot of a conversation, oldest first. */
  snapshots(conversationId: string): ConversationSnapshot[]
  /** Waits for the snapshot that reflects the event. */
  reflected(conversationId: string, eventId: string, deadlineMs?: number): Promise<ConversationSnapshot>
  deadLetters(): number
  /** Whether a null was written for the conversation. */
  hasNull(conversationId: string): boolean
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
    const kafka = connectKafka({ ...patient, brokers, clientId: 'test', log, prefix, sessionTimeoutMs: 6_000 })
    closers.push(() => kafka.close(1_000))
    return kafka
  }
  const kafka = connect()
  await kafka.ensureTopics(own, { eventPartitions: 2, replication: 1 })
  const stopTails = new AbortController()
  const nulls = new Set<string>()
  const tail = <V>(topic: Topic<V>): V[] => {
    const found: V[] = []
    const collect = async () => {
      for await (const raw of kafka.read(topic as Topic<unknown>, { signal: stopTails.signal })) {
        const value = kafka.decode(topic, raw)
        // A null ends a compacted key.
        if (value !== null) found.push(value)
        else nulls.add(raw.key ?? '')
      }
    }
    const collecting = collect()
    closers.unshift(() => collecting)
    return found
  }
  const allSnapshots = tail(topics.snapshots)
  const allRefreshes = tail(topics.refreshes)
  const dead = tail(deadWishes)
  const snapshots = (id: string) => allSnapshots.filter(({ conversation_id }) => conversation_id === id)

  const answers: { status: number | null; at: number }[] = []
  const onCall = ({ status }: { status: number | null }) => void answers.push({ status, at: Date.now() })
  const ends = async () => createEnds({ kafka, redis, clusterId: await kafka.clusterId() })
  const startSnapshots = async (rules: Partial<FoldRules> = {}) => {
    const clusterId = await kafka.clusterId()
    return writeSnapshots({
      kafka: connect(),
      redis,
      log,
      clusterId,
      rules: { messages: 20, isFolding: true, ...rules },
      ends: await ends(),
      onSnapshot: () => {},
    })
  }
  return {
    kafka,
    redis,
    front,
    startSnapshots,
    ends,
    start: async (options = {}) => {
      const { baseUrl = front.url, rules, previewDelayMs = 100, maxInHand = 1_000, clientOf } = options
      const { fetchTimeoutMs = 10_000 } = options
      const snapshots = await startSnapshots(rules)
      const client = createFrontClient({ token: front.token, baseUrl, fetchTimeoutMs, onCall })
      closers.push(() => client.close(1_000))
      const wishes = serveWishes({
        kafka: connect(),
        log,
        clientOf: clientOf ?? (() => client),
        states: snapshots.states,
        concurrency: 4,
        messages: 20,
        previewDelayMs,
        confirmAfterMs: 200,
        maxInHand,
        restMs: 500,
        onRead: () => {},
        onFailure: () => {},
      })
      closers.unshift(async () => wishes.close())
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
    refreshes: (id) => allRefreshes.filter(({ conversation_id }) => conversation_id === id),
    reflected: (conversationId, eventId, deadlineMs = 60_000) =>
      waitFor(() => snapshots(conversationId).find(({ caused_by }) => caused_by.includes(eventId)), {
        what: `a snapshot of ${conversationId} that reflects ${eventId}`,
        deadlineMs,
      }),
    deadLetters: () => dead.length,
    hasNull: (id) => nulls.has(topicKey('default', id)),
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
