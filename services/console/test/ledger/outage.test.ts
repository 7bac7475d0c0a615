import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { freePort } from '@millrace/local'
import { topics } from '@millrace/schemas'
import {
  generateEvents,
  type PostgresServer,
  patient,
  postInOrder,
  quietLog,
  type RunningSystem,
  runService,
  runSystem,
  type ServiceProcess,
  startPostgres,
  waitFor,
} from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/db/connect.ts'
import { openTestDatabase } from '../support/databases.ts'
import { hashOf, projectInto, untilProjected } from '../support/ledger-under-test.ts'

const token = randomBytes(24).toString('hex')
let postgres: PostgresServer
let system: RunningSystem
let service: ServiceProcess
let database: Database
let kafka: Kafka
let base: string
let seed = Date.now() % 2 ** 31

beforeAll(async () => {
  postgres = await startPostgres()
  system = await runSystem({
    brokers: process.env.KAFKA_BROKERS ?? '',
    redisUrl: process.env.REDIS_URL ?? '',
    only: ['gateway', 'dedup'],
    eventPartitions: 2,
  })
  const port = await freePort()
  base = `http://127.0.0.1:${port}/api/v1`
  const env = { ...system.env, DATABASE_URL: postgres.url, CONSOLE_PORT: String(port), CONSOLE_ADMIN_TOKEN: token }
  service = await runService({ name: 'console', env })
  database = openDatabase({ url: postgres.url })
  kafka = connectKafka({
    ...patient,
    brokers: (process.env.KAFKA_BROKERS ?? '').split(','),
    clientId: 'outage-test',
    prefix: system.prefix,
    log: quietLog,
  })
})
afterAll(async () => {
  await service.stop()
  await database.close()
  await kafka.close()
  await system.stop()
  await postgres.stop()
})

/** Posts that many events and answers once the gateway has acknowledged them all. */
async function post(count: number, rate: number) {
  const { events } = generateEvents({ count, conversations: 10, duplicateRatio: 0.1, seed: seed++ })
  const url = `${system.gatewayUrl}/api/webhooks/front`
  return await postInOrder({ url, secret: system.webhookSecret, rate, posts: events, onProgress: () => {} })
}

async function eventsInTopic(): Promise<number> {
  let found = 0
  for await (const _ of kafka.read(topics.events, { untilEnd: true })) found++
  return found
}

async function untilInLedger(count: number): Promise<void> {
  const look = async () => {
    const row = await database.db
      .selectFrom('webhook_events')
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .execute()
    return row[0]?.n === count
  }
  await waitFor(look, { what: `${count} events in the ledger`, everyMs: 100 })
  await untilProjected(database, kafka)
}

async function standing(): Promise<{ state: string; stale_since: number | null; reason: string | null }> {
  const answer = await fetch(`${base}/ledger`, { headers: { authorization: `Bearer ${token}` } })
  return ((await answer.json()) as { ledger: Awaited<ReturnType<typeof standing>> }).ledger
}

test('a database that is wiped while the console runs is built again, equal to what it was', async () => {
  await post(60, 100)
  await untilInLedger(60)
  const before = await hashOf(database)
  expect(before.webhook_events).toMatch(/^60 /)
  await postgres.wipe()
  await waitFor(async () => (await hashOf(database)).webhook_events?.startsWith('60 '), {
    what: 'the wiped ledger to be filled',
    everyMs: 200,
  })
  await untilProjected(database, kafka)
  expect(await hashOf(database)).toEqual(before)
})

test('millrace console rebuild says when the ledger has been built anew, and it is the same', async () => {
  const before = await hashOf(database)
  const main = join(import.meta.dirname, '../../../../packages/cli/src/main.ts')
  const env = {
    PATH: process.env.PATH ?? '',
    MILLRACE_ENV_FILE: '',
    MILLRACE_CONSOLE_URL: base.replace('/api/v1', ''),
    MILLRACE_CONSOLE_TOKEN: token,
  }
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'console', 'rebuild'], { cwd: tmpdir(), env })
  expect(stdout).toMatch(/^rebuilt from \d+ records in [\d.]+ s\n$/)
  await untilProjected(database, kafka)
  expect(await hashOf(database)).toEqual(before)
})

test('while Postgres is dead ingestion does not notice, and the console says since when it is stale', async () => {
  const known = await eventsInTopic()
  await waitFor(async () => (await standing()).state === 'live', { what: 'a live ledger' })
  const killedAt = Date.now()
  await postgres.kill()
  const posted = await post(60, 100)
  expect(posted.repeated).toBe(0)
  expect(posted.acknowledged).toBe(66)
  await waitFor(async () => (await eventsInTopic()) === known + 60, {
    what: 'the events in their topic',
  })
  // While brokers are slow to answer, too, it names them.
  const told = async () => {
    const found = await standing()
    return found.reason === 'the database does not answer' && found
  }
  const stale = await waitFor(told, { what: 'the console to name the database' })
  expect(stale.state).toBe('stale')
  expect(stale.stale_since).toBeGreaterThan(killedAt - 60_000)
  expect(stale.stale_since).toBeLessThanOrEqual(killedAt)
  await postgres.start()
  await untilInLedger(known + 60)
  await waitFor(async () => (await standing()).state === 'live', { what: 'a live ledger' })
  const other = await openTestDatabase('postgres')
  const ledger = projectInto(other, kafka)
  await untilProjected(other, kafka)
  expect(await hashOf(database)).toEqual(await hashOf(other))
  await ledger.close()
  await other.close()
})
