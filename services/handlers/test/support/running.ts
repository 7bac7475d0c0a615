import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { headersFor } from '@millrace/domain'
import { connectKafka, type Kafka } from '@millrace/kafka'
import {
  allTopics,
  deadLetterTopic,
  type EventReplay,
  type Notice,
  type ReceivedWebhook,
  type Topic,
  topics,
  type WebhookEvent,
} from '@millrace/schemas'
import { patient, quietLog, runService, type ServiceProcess } from '@millrace/test-support'

/** Topics of their own, with the services as processes beside them. */
export interface Running {
  readonly kafka: Kafka
  /** Starts the service with files of this text. */
  handlers(texts: readonly string[], env?: Readonly<Record<string, string>>): Promise<ServiceProcess>
  dedup(): Promise<ServiceProcess>
  publish(...events: readonly WebhookEvent[]): Promise<void>
  replay(...replays: readonly EventReplay[]): Promise<void>
  readonly received: readonly ReceivedWebhook[]
  readonly events: readonly WebhookEvent[]
  readonly notices: readonly Notice[]
  /** Error code and message of each dead letter of a group. */
  deadLetters(group: string): Promise<readonly (readonly [string, string])[]>
  close(): Promise<void>
}

export async function startRunning(): Promise<Running> {
  const prefix = `h${randomBytes(4).toString('hex')}.`
  const { KAFKA_BROKERS = '', REDIS_URL = '' } = process.env
  const brokers = KAFKA_BROKERS.split(',')
  const kafka = connectKafka({ ...patient, brokers, clientId: 'test', log: quietLog, prefix, sessionTimeoutMs: 6_000 })
  await kafka.ensureTopics(allTopics().filter(isUsed), { eventPartitions: 2, replication: 1 })
  const directory = await mkdtemp(join(tmpdir(), 'millrace-handlers-'))
  const env = {
    ...{ KAFKA_BROKERS, REDIS_URL, KAFKA_PREFIX: prefix, REDIS_PREFIX: prefix },
    ...{ KAFKA_SESSION_TIMEOUT_MS: '6000', KAFKA_EVENT_PARTITIONS: '2' },
    ...{ WEBHOOK_SECRET: 'x'.repeat(32), MAKE_COM_WEBHOOK_SECRET: 'y'.repeat(32) },
  }
  const stopping = new AbortController()
  const services: ServiceProcess[] = []
  const tails: Promise<void>[] = []
  const tail = <V>(topic: Topic<V>): V[] => {
    const found: V[] = []
    const collect = async () => {
      for await (const raw of kafka.read(topic as Topic<unknown>, { signal: stopping.signal }))
        found.push(kafka.decode(topic, raw) as V)
    }
    tails.push(collect().catch(() => {}))
    return found
  }
  const run = async (name: string, more: Readonly<Record<string, string>>) => {
    const service = await runService({ name, env: { ...env, ...more } })
    services.push(service)
    return service
  }
  let files = 0
  return {
    kafka,
    received: tail(topics.received),
    events: tail(topics.events),
    notices: tail(topics.notices),
    dedup: () => run('dedup', {}),
    async handlers(texts, more = {}) {
      const paths = texts.map(() => join(directory, `team-${files++}.ts`))
      await Promise.all(texts.map((text, place) => writeFile(paths[place] ?? '', text)))
      return run('handlers', { HANDLERS_FILES: paths.join(','), ...more })
    },
    async publish(...events) {
      const writes = events.map((event) =>
        kafka.send(topics.events, keyOf(event), event, { headers: headersFor(event) }),
      )
      await Promise.all(writes)
    },
    replay: async (...replays) => {
      await Promise.all(replays.map((replay) => kafka.send(topics.replays, keyOf(replay), replay)))
    },
    async deadLetters(group) {
      const found: [string, string][] = []
      const dead = deadLetterTopic(topics.events, group) as unknown as Topic<unknown>
      for await (const { headers } of kafka.read(dead, { untilEnd: true }))
        found.push([String(headers.get('x-error-code')), String(headers.get('kafka_dlt-exception-message'))])
      return found
    },
    async close() {
      await Promise.all(services.map((service) => service.kill()))
      stopping.abort()
      await Promise.all(tails)
      await kafka.close(1_000)
    },
  }
}

const keyOf = ({ tenant, conversation_id, event_id }: WebhookEvent) => `${tenant}/${conversation_id ?? event_id}`

const used: readonly string[] = [
  topics.received.name,
  topics.events.name,
  topics.replays.name,
  topics.refreshes.name,
  topics.notices.name,
  topics.modes.name,
  deadLetterTopic(topics.received, 'dedup').name,
  deadLetterTopic(topics.events, 'handlers').name,
  deadLetterTopic(topics.replays, 'handlers').name,
]
const isUsed = ({ name }: Topic<unknown>) => used.includes(name)
