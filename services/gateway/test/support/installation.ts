import { randomBytes } from 'node:crypto'
import { connectKafka, type Kafka, type RawRecord, type RecordCipher } from '@millrace/kafka'
import { type ReceivedWebhook, topics } from '@millrace/schemas'
import type { Source } from '@millrace/service-kit'
import { frontApp, frontPlain, frontRule, makeApiKey, makeHmac } from '@millrace/signing'
import { ownTime, patient } from '@millrace/test-support'
import { metrics } from '@opentelemetry/api'
import { Redis } from 'ioredis'
import { createAskedRequests } from '../../src/asked-requests.ts'
import { createGateway, type Gateway, type GatewaySettings } from '../../src/gateway.ts'
import { createReplyDesk } from '../../src/reply-desk.ts'
import { createSharedCounts } from '../../src/shared-counts.ts'
import { createStoredAnswers } from '../../src/stored-answers.ts'

export const secrets = { front: 'canary-front-secret', frontRule: 'canary-rule-secret', make: 'canary-make-secret' }
export const STATUS_TOKEN = 'canary-status-token'

/** The two sources that there are without a file, and a third one. */
export const frontSource: Source = {
  name: 'front',
  tenant: 'default',
  account: 'default',
  provider: 'front',
  path: '/api/webhooks/front',
  schemes: [frontApp, frontRule, frontPlain],
  secrets: [
    { id: 'webhook', secret: secrets.front, schemes: ['app', 'plain'] },
    { id: 'rule', secret: secrets.frontRule, schemes: ['rule'] },
  ],
  isSynchronous: false,
  maxBodyBytes: 1_048_576,
  rateLimitPerMinute: 6_000,
  toleranceMs: 300_000,
}
export const makeSource: Source = {
  ...frontSource,
  name: 'make-chatgpt-clients',
  provider: 'make',
  path: '/api/webhook/make.com/chatgpt-clients',
  schemes: [makeApiKey, makeHmac],
  secrets: [{ id: 'make', secret: secrets.make }],
  isSynchronous: true,
  contract: 'client-task',
}

const settings = {
  host: '127.0.0.1',
  port: 0,
  reusesPort: false,
  statusToken: STATUS_TOKEN,
  apiDocs: 'open',
  trustedProxies: [],
  ratePerAddress: 0,
  maxConnections: 100,
  maxConnectionsPerAddress: 0,
  maxLoopDelayMs: 0,
  tlsCertFile: undefined,
  tlsKeyFile: undefined,
  maxBytesInHand: 268_435_456,
  maxWaitingCallers: 10,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 10_000,
  keepAliveTimeoutMs: 10_000,
  drainMs: 0,
  webhookValidationEnabled: true,
  webhookTimeoutMs: 60_000,
  webhookBaseUrl: undefined,
} satisfies Partial<GatewaySettings> as unknown as GatewaySettings

export interface InstallationOptions {
  readonly sources?: readonly Source[]
  readonly settings?: Partial<GatewaySettings>
  /** Where the gateway finds Kafka and Redis, when there is something in between. */
  readonly brokers?: readonly string[]
  readonly redisUrl?: string
  /** Clock of the limits, epoch milliseconds. Default: a minute that does not end, since one that ends between two requests begins their counts anew. */
  readonly now?: () => number
  /** Requests a minute of all sources of a tenant. */
  readonly perTenant?: (tenant: string) => number
  readonly cipher?: RecordCipher
  /** Gateways that are to share limits and replies. */
  readonly prefix?: string
}

export interface Installation {
  readonly url: string
  readonly gateway: Gateway
  readonly kafka: Kafka
  /** A connection of the test's own, with the same key prefix. */
  readonly redis: Redis
  readonly prefix: string
  /** Whether the gateway's connections to Redis are there to be used. */
  isRedisReady(): boolean
  /** Lines that the gateway logged. */
  readonly log: object[]
  /** Every record of `webhooks.received` so far. */
  received(): Promise<Received[]>
  post(path: string, body: Buffer | string, headers?: Record<string, string>): Promise<Answer>
  close(): Promise<void>
}

interface Received {
  readonly key: string | null
  readonly value: ReceivedWebhook
  readonly headers: Record<string, string>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
  readonly json: Record<string, unknown>
  /** As `ownTime` counts. */
  readonly ms: number
}

/** The same for gateways that share their counts. */
const minute = Date.now()
const brokers = () => (process.env.KAFKA_BROKERS ?? '').split(',')
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** A gateway in this process, on the real broker and Redis, with topics and keys of its own. */
export async function install(options: InstallationOptions = {}): Promise<Installation> {
  const prefix = options.prefix ?? `t${randomBytes(4).toString('hex')}.`
  const redisUrl = process.env.REDIS_URL ?? ''
  const log: object[] = []
  const keep = (level: string) => (fields: object, message?: string) => void log.push({ ...fields, level, message })
  const logger = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') }
  const direct = connectKafka({ ...patient, brokers: brokers(), clientId: 'test', log: quiet, prefix })
  const { cipher } = options
  const kafka = connectKafka({
    // What lies between is there to hold records up: then it refuses as it does in production.
    ...(options.brokers === undefined ? patient : {}),
    brokers: options.brokers ?? brokers(),
    clientId: 'gateway',
    log: quiet,
    prefix,
    ...(cipher === undefined ? {} : { cipher }),
  })
  await direct.ensureTopics([topics.received, topics.rejected], { eventPartitions: 4, replication: 1 })
  const connections = [redisUrl, options.redisUrl ?? redisUrl, options.redisUrl ?? redisUrl].map((url) =>
    open(url, prefix),
  )
  const [own, redis, subscriber] = connections as [Redis, Redis, Redis]
  const channel = `${prefix}replies:${randomBytes(4).toString('hex')}`
  const answers = createStoredAnswers({ redis, cipher: kafka.cipher, log: logger })
  const gateway = await createGateway({
    kafka,
    desk: createReplyDesk({ answers, subscriber, channel, maxWaiting: 10, log: logger }),
    asked: createAskedRequests(redis, answers),
    counts: createSharedCounts({ redis, now: options.now ?? (() => minute) }),
    sources: options.sources ?? [frontSource, makeSource],
    settings: { ...settings, ...options.settings },
    meter: metrics.getMeter('test'),
    log: logger,
    version: '0.0.0-test',
    ...(options.perTenant === undefined ? {} : { perTenant: options.perTenant }),
  })
  const url = `http://127.0.0.1:${await gateway.listen()}`
  return {
    url,
    gateway,
    kafka: direct,
    redis: own,
    prefix,
    isRedisReady: () => redis.status === 'ready' && subscriber.status === 'ready',
    log,
    received: () => readReceived(direct),
    post: (path, body, headers) => post(url + path, body, headers),
    async close() {
      await gateway.close(5_000)
      await Promise.all([kafka.close(1_000), direct.close(1_000)])
      for (const connection of connections) connection.disconnect()
    },
  }
}

function open(url: string, keyPrefix: string): Redis {
  const redis = new Redis(url, {
    keyPrefix,
    commandTimeout: 2_000,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    retryStrategy: () => 100,
  })
  redis.on('error', () => {})
  redis.on('ready', () => {
    redis.options.enableOfflineQueue = false
  })
  return redis
}

async function readReceived(kafka: Kafka): Promise<Received[]> {
  const records: Received[] = []
  for await (const record of kafka.read(topics.received, { from: 'beginning', untilEnd: true })) {
    records.push({ key: record.key, value: receivedOf(kafka, record), headers: textsOf(record) })
  }
  return records
}

function receivedOf(kafka: Kafka, record: RawRecord): ReceivedWebhook {
  const value = kafka.decode(topics.received, record)
  if (value === null) throw new Error('a tombstone in webhooks.received')
  return value
}

function textsOf({ headers }: RawRecord): Record<string, string> {
  return Object.fromEntries([...headers].map(([name, value]) => [name, value.toString()]))
}

export async function post(url: string, body: Buffer | string, headers: Record<string, string> = {}): Promise<Answer> {
  const since = ownTime()
  const response = await fetch(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers,
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  const isJson = response.headers.get('content-type')?.includes('json') === true
  return {
    status: response.status,
    headers: response.headers,
    body: bytes,
    json: isJson ? JSON.parse(bytes.toString()) : {},
    ms: ownTime() - since,
  }
}
