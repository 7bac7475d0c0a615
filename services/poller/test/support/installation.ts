import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { topicKey } from '@millrace/domain'
import { createFrontClient } from '@millrace/front-client'
import { connectKafka, type Kafka } from '@millrace/kafka'
import {
  allTopics,
  type ConversationRefresh,
  type ConversationSnapshot,
  type IngestMode,
  type PollPosition,
  type ReceivedWebhook,
  type Topic,
  topics,
  type WebhookEvent,
} from '@millrace/schemas'
import { holdSources, parseSources, type Sources } from '@millrace/service-kit'
import {
  eventValue,
  type FrontSimulator,
  patient,
  quietLog,
  runService,
  type ServiceProcess,
  snapshotValue,
  startFrontSimulator,
} from '@millrace/test-support'
import { Redis } from 'ioredis'
import type { FindingKind } from '../../src/findings.ts'
import { followTopics } from '../../src/follow-topics.ts'
import { createKnownTimes, type KnownTimes } from '../../src/known-times.ts'
import { pollAccounts } from '../../src/poll-accounts.ts'
import { createPositions } from '../../src/positions.ts'

export const TENANT = 'acme'
export const ACCOUNT = 'acme-front'
export const SOURCE = 'support'

export interface PollerSettings {
  readonly intervalMs: number
  readonly reconcileMs: number
  readonly graceMs: number
  readonly overlapMs: number
  readonly lateMs: number
  readonly sharePercent: number
  readonly leaseMs: number
}

export interface StartedPoller {
  readonly findings: readonly FindingKind[]
  close(): Promise<void>
}

/** Topics, Redis keys and a Front of their own for a test file. */
export interface Installation {
  readonly kafka: Kafka
  readonly redis: Redis
  readonly front: FrontSimulator
  readonly known: KnownTimes
  /** The service's work in this process; periods are short unless given. */
  start(settings?: Partial<PollerSettings>): Promise<StartedPoller>
  /** A service as a process, with the same short periods. */
  run(name: 'poller' | 'dedup', env?: Readonly<Record<string, string>>): Promise<ServiceProcess>
  setMode(mode: IngestMode['mode']): Promise<void>
  /** A snapshot or an event of a conversation, as their services would write them. */
  snapshot(conversationId: string, asOf: number): Promise<void>
  event(conversationId: string, occurredAt: number): Promise<void>
  position(): PollPosition | undefined
  savePosition(position: Partial<PollPosition>): Promise<void>
  readonly received: readonly ReceivedWebhook[]
  readonly events: readonly WebhookEvent[]
  readonly refreshes: readonly ConversationRefresh[]
  /** The `evt_` ids in what was received, repeats included. */
  receivedIds(): string[]
  close(): Promise<void>
}

const short: PollerSettings = {
  intervalMs: 100,
  reconcileMs: 400,
  graceMs: 0,
  overlapMs: 1_000,
  lateMs: 3_000,
  sharePercent: 25,
  // Silence is what lasts longer than twice this: on a busy machine a round takes long, which is no outage.
  leaseMs: 25_000,
}

export async function createInstallation(): Promise<Installation> {
  const prefix = `t${randomBytes(4).toString('hex')}.`
  const { KAFKA_BROKERS = '', REDIS_URL = '' } = process.env
  const redis = new Redis(REDIS_URL, { keyPrefix: prefix })
  const front = await startFrontSimulator()
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
  await kafka.ensureTopics(allTopics().filter(isUsed), { eventPartitions: 2, replication: 1 })
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
  const [received, events, refreshes] = [tail(topics.received), tail(topics.events), tail(topics.refreshes)]
  const positions = tail(topics.positions)
  const sources = sourcesOf(front)
  const file = join(await mkdtemp(join(tmpdir(), 'millrace-poller-')), 'sources.yaml')
  await writeFile(file, JSON.stringify(sources))
  return {
    kafka,
    redis,
    front,
    known: createKnownTimes(redis),
    start: async (settings = {}) => {
      const started = startInside(connect(), redis, front, await parsed(sources), {
        ...short,
        ...settings,
      })
      closers.unshift(started.close)
      await started.joined
      return started
    },
    run: async (name, env = {}) => {
      const service = await runService({ name, env: { ...processEnv(prefix), MILLRACE_SOURCES: file, ...env } })
      closers.unshift(() => service.kill())
      return service
    },
    setMode: async (mode) => {
      const record: IngestMode = {
        ...{ tenant: TENANT, source: SOURCE, mode, inboxes: [], percent: 100 },
        ...{ changed_at: Date.now(), changed_by: 'person', reason: '' },
      }
      await kafka.send(topics.modes, topicKey(TENANT, SOURCE), record)
    },
    snapshot: async (id, asOf) => {
      await kafka.send(topics.snapshots, topicKey(TENANT, id), snapshotOf(id, asOf))
    },
    event: async (id, occurredAt) => {
      await kafka.send(topics.events, topicKey(TENANT, id), eventOf(id, occurredAt))
    },
    position: () => positions.at(-1),
    savePosition: async (position) => {
      const now = Date.now()
      const begun = { tenant: TENANT, account: ACCOUNT, events_until: now, compared_until: now, gaps: [], read_at: now }
      await kafka.send(topics.positions, topicKey(TENANT, ACCOUNT), { ...begun, ...position })
    },
    received,
    events,
    refreshes,
    receivedIds: () => received.map(({ payload }) => (JSON.parse(String(payload)) as { id: string }).id),
    close: async () => {
      stopTails.abort()
      await Promise.all(closers.map((close) => close()))
      redis.disconnect()
      await front.close()
    },
  }
}

function startInside(kafka: Kafka, redis: Redis, front: FrontSimulator, sources: Sources, settings: PollerSettings) {
  const known = createKnownTimes(redis)
  const modes = kafka.table(topics.modes)
  const { events, snapshots } = followTopics({ kafka, known, onEvent: () => {} })
  const client = createFrontClient({ token: front.token, baseUrl: front.url, fetchTimeoutMs: 10_000 })
  const findings: FindingKind[] = []
  const polling = pollAccounts({
    ...{ kafka, redis, known, modes, settings, log: quietLog },
    positions: createPositions(kafka),
    sources: holdSources(sources),
    clients: { of: () => client },
    report: {
      firstByPoll: () => {},
      of: () => ({ follow: () => {}, end: () => {}, event: () => {}, finding: (kind) => void findings.push(kind) }),
    },
    caughtUp: async (signal) => void (await Promise.all([events.caughtUp(signal), snapshots.caughtUp(signal)])),
  })
  return {
    findings,
    joined: Promise.all([events.joined, snapshots.joined]),
    close: async () => {
      await polling.close()
      await Promise.all([events.close(1_000), snapshots.close(1_000), client.close(1_000)])
    },
  }
}

async function parsed(file: object): Promise<Sources> {
  const sources = await parseSources(JSON.stringify(file), (name) => ({ rule: `is no reference: ${name}` }))
  if (Array.isArray(sources)) throw new Error(JSON.stringify(sources))
  return sources
}

/** Dead letters are none of these tests' business, and each topic costs the broker time. */
function isUsed({ name }: Topic<unknown>): boolean {
  return /^(webhooks\.(received|events)|conversations\.|operations\.)/.test(name) && !name.includes('.dlq.')
}

function sourcesOf(front: FrontSimulator): object {
  return {
    tenants: [{ name: TENANT }],
    accounts: [
      {
        ...{ name: ACCOUNT, tenant: TENANT, provider: 'front' },
        ...{ api_token: front.token, base_url: front.url, calls_per_minute: 10_000 },
      },
    ],
    sources: [{ name: SOURCE, tenant: TENANT, account: ACCOUNT, provider: 'front', secrets: [{ secret: 'a secret' }] }],
  }
}

function processEnv(prefix: string): Record<string, string> {
  const { KAFKA_BROKERS = '', REDIS_URL = '' } = process.env
  return {
    ...{ KAFKA_BROKERS, REDIS_URL, KAFKA_PREFIX: prefix, REDIS_PREFIX: prefix, KAFKA_SESSION_TIMEOUT_MS: '3000' },
    ...{ POLLER_INTERVAL_MS: '250', POLLER_RECONCILE_MS: '1000', POLLER_GRACE_MS: '0', POLLER_LEASE_MS: '1000' },
    ...{ POLLER_LATE_MS: '2000', POLLER_OVERLAP_MS: '500' },
  }
}

function snapshotOf(conversation_id: string, as_of: number): ConversationSnapshot {
  const ids = { tenant: TENANT, account: ACCOUNT, conversation_id }
  return snapshotValue({ ...ids, as_of, caused_by: [], subject: null, status: null, created_at: null })
}

function eventOf(conversation_id: string, occurred_at: number): WebhookEvent {
  return eventValue({
    ...{ event_id: `evt_of_${conversation_id}_${occurred_at}`, tenant: TENANT, account: ACCOUNT, source: SOURCE },
    ...{ type: 'conversation.archived', provider_type: 'archive', conversation_id },
    ...{ occurred_at, received_at: occurred_at, payload: Buffer.from('{}') },
  })
}
