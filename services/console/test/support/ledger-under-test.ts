import { randomBytes } from 'node:crypto'
import { topicKey } from '@millrace/domain'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { allTopics, type Topic, topics } from '@millrace/schemas'
import { patient, quietLog, waitFor } from '@millrace/test-support'
import { sql } from 'kysely'
import type { Database } from '../../src/db/connect.ts'
import { followTopics } from '../../src/ledger/followed-topics.ts'
import { startLedger } from '../../src/ledger/ledger.ts'
import { readPositions } from '../../src/ledger/positions.ts'
import { joined } from '../../src/ledger/rows.ts'

export interface TestTopics {
  readonly kafka: Kafka
  readonly prefix: string
  /** Writes a value under `tenant/id`. */
  put<V>(topic: Topic<V>, id: string, value: V | null, headers?: Record<string, string>): Promise<void>
  close(): Promise<void>
}

/** All topics under a prefix of their own. */
export async function createTopics(): Promise<TestTopics> {
  const prefix = `t${randomBytes(4).toString('hex')}.`
  const kafka = connectKafka({
    ...patient,
    brokers: (process.env.KAFKA_BROKERS ?? '').split(','),
    clientId: 'ledger-test',
    prefix,
    sessionTimeoutMs: 6_000,
    log: quietLog,
  })
  await kafka.ensureTopics(allTopics(), { eventPartitions: 2, replication: 1 })
  return {
    kafka,
    prefix,
    put: async (topic, id, value, headers = {}) => {
      await kafka.send(topic, topicKey('default', id), value, { headers })
    },
    close: () => kafka.close(1_000),
  }
}

/** The groups that a whole system would have, all done with every event there is. */
export async function handleEvents(kafka: Kafka): Promise<void> {
  const running = kafka.consume({
    group: 'delivery-request',
    topics: [topics.events],
    ordering: 'none',
    handle: async () => {},
  })
  await running.joined
  await running.caughtUp(AbortSignal.timeout(60_000))
  await running.close()
}

export function projectInto(database: Database, kafka: Kafka) {
  return startLedger({ database, kafka, log: quietLog, payloadDays: 30, days: 30 })
}

/**
 * Waits until everything that is in the topics now is in the ledger: how current it says it is, is by some of the topics, so the positions of all are
 * looked at too.
 */
export async function untilProjected({ db }: Database, kafka: Kafka): Promise<void> {
  const since = Date.now()
  const { topics: followed } = followTopics(kafka)
  const ends = await Promise.all(followed.map(async (topic) => [topic.name, await kafka.ends(topic)] as const))
  const look = async () => {
    const state = await db.selectFrom('ledger_state').select(['as_of', 'rebuild_total']).executeTakeFirst()
    if (state === undefined || state.as_of <= since || state.rebuild_total > 0) return false
    const positions = await readPositions(db)
    const isIn = (name: string, partition: number, end: bigint) =>
      (positions.get(joined(name, partition))?.offset ?? 0n) >= end
    return ends.every(([name, found]) => [...found].every(([partition, end]) => isIn(name, partition, end)))
  }
  await waitFor(look, { what: 'the ledger to have caught up', everyMs: 50 })
}

/** Tables whose rows follow from the topics alone. */
const derived = [
  ...['webhook_events', 'event_payloads', 'event_hops', 'event_runs', 'conversations', 'extractions', 'nodes'],
  ...['relationships', 'deliveries', 'attempts', 'endpoints', 'endpoint_states', 'modes', 'poll_positions'],
  ...['parity_findings', 'notices', 'dead_letters', 'rejected_requests', 'minute_counts'],
]

/** One hash a table, of all columns of all rows, in whatever order they are stored. */
export async function hashOf({ db }: Database): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const table of derived) {
    const { rows } = await sql<{ count: number; hash: string }>`select count(*) as count,
      coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') as hash from ${sql.table(table)} t`.execute(
      db,
    )
    hashes[table] = `${rows[0]?.count} ${rows[0]?.hash}`
  }
  return hashes
}
