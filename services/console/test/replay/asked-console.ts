import { randomBytes } from 'node:crypto'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { allTopics, type EventReplay, type Topic, topics } from '@millrace/schemas'
import { patient, quietLog, waitFor } from '@millrace/test-support'
import { inTenant, startTestConsole, type TestConsole } from '../support/console.ts'
import type { DatabaseKind } from '../support/databases.ts'

const consoles: TestConsole[] = []
const clients: Kafka[] = []

function connect(prefix: string): Kafka {
  const brokers = (process.env.KAFKA_BROKERS ?? '').split(',')
  const kafka = connectKafka({ ...patient, brokers, clientId: 'test', log: quietLog, prefix, sessionTimeoutMs: 6_000 })
  clients.push(kafka)
  return kafka
}

/** A console on topics of its own, asked as an operator of the tenant `default`. */
export async function begin(kind: DatabaseKind): Promise<Here> {
  const prefix = `t${randomBytes(5).toString('hex')}.`
  const kafka = connect(prefix)
  await kafka.ensureTopics(allTopics(), { eventPartitions: 2, replication: 1 })
  const made = await startTestConsole({ kind, kafka })
  consoles.push(made)
  const { headers } = await made.logIn(inTenant('default', 'operator'))
  return hereOf(made, kafka, headers)
}

export interface Here {
  readonly made: TestConsole
  readonly kafka: Kafka
  post(path: string, body?: object): Promise<{ statusCode: number; body: Record<string, unknown> }>
  get(path: string): Promise<Record<string, unknown>>
  /** Waits until a replay has ended so. */
  ended(id: unknown, state?: string): Promise<Record<string, unknown>>
  replays(id: unknown): Promise<EventReplay[]>
}

function hereOf(made: TestConsole, kafka: Kafka, headers: Record<string, string>): Here {
  const base = '/api/v1/tenants/default'
  const get = async (path: string) => (await made.app.inject({ url: `${base}${path}`, headers })).json()
  return {
    made,
    kafka,
    get,
    async post(path, body = {}) {
      const answer = await made.app.inject({ method: 'POST', url: `${base}${path}`, headers, payload: body })
      return { statusCode: answer.statusCode, body: answer.json() }
    },
    ended: (id, state = 'done') =>
      waitFor(
        async () => {
          const found = await get(`/replays/${id}`)
          return found.state === state ? found : undefined
        },
        { what: `${id} to be ${state}` },
      ),
    async replays(id) {
      const found: EventReplay[] = []
      for await (const record of kafka.read(topics.replays as Topic<unknown>, { untilEnd: true })) {
        const replay = kafka.decode(topics.replays, record)
        if (replay !== null && replay.replay_id === id) found.push(replay)
      }
      return found
    },
  }
}

/** Ends every console that was begun. */
export async function endAll(): Promise<void> {
  await Promise.all(consoles.map((each) => each.close()))
  await Promise.all(clients.map((each) => each.close(1_000)))
}
