import { randomBytes } from 'node:crypto'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { readToEnd } from '@millrace/operations'
import { type Topic, topics } from '@millrace/schemas'
import { holdSources, keyDay, openEncryption } from '@millrace/service-kit'
import { newSecretKey } from '@millrace/signing'
import { eventValue, patient, quietLog, snapshotValue, waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAudit } from '../../src/audit/audit.ts'
import type { Database } from '../../src/db/connect.ts'
import { enforceRetention, type RetentionParts } from '../../src/retention/enforce.ts'
import { reportRetention } from '../../src/retention/report.ts'
import { openTestDatabase } from '../support/databases.ts'
import { createTopics } from '../support/ledger-under-test.ts'

const DAY_MS = 86_400_000
const BASE = Date.parse('2026-11-23T12:00:00Z')
const dayAfter = (days: number) => BASE + days * DAY_MS

const secretKeys = newSecretKey('test')
const closers: (() => Promise<unknown> | unknown)[] = []
let at = BASE
let database: Database
let redis: Redis
let kafka: Kafka
let connect: () => Promise<Kafka>

beforeAll(async () => {
  const { prefix, close } = await createTopics()
  redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: `t${randomBytes(4).toString('hex')}:` })
  const ended = new AbortController()
  connect = async () => {
    const { cipher, ready } = openEncryption({
      ...{ secretKeys, isOn: true, log: quietLog, signal: ended.signal, now: () => at },
      ...{ kafka: () => connected, redis: () => redis },
    })
    const brokers = (process.env.KAFKA_BROKERS ?? '').split(',')
    const connected: Kafka = connectKafka({
      ...patient,
      brokers,
      clientId: 'retention-test',
      log: quietLog,
      prefix,
      cipher,
    })
    closers.push(() => connected.close(1_000))
    await ready()
    return connected
  }
  closers.push(
    close,
    () => redis.disconnect(),
    () => ended.abort(),
  )
  kafka = await connect()
  database = await openTestDatabase('postgres')
})
afterAll(async () => {
  for (const close of closers.reverse()) await close()
  await database.close()
})

/** What can be read of a topic, by record key. */
async function keysRead(reader: Kafka, topic: Topic<never>): Promise<(string | null)[]> {
  const found: (string | null)[] = []
  for await (const { key } of readToEnd(reader, topic as unknown as Topic<unknown>)) found.push(key)
  return found
}

async function put(id: string): Promise<void> {
  const [tenant = '', conversation_id = ''] = id.split('/')
  await kafka.send(topics.events, id, eventValue({ tenant, conversation_id, event_id: `evt_${conversation_id}` }))
}

test('data keys end with their tenant’s days: records of then are gone for everybody, the last state and other tenants stay', async () => {
  await put('north/cnv_old')
  await put('south/cnv_old')
  const state = snapshotValue({ tenant: 'north', conversation_id: 'cnv_old' })
  await kafka.send(topics.snapshots, 'north/cnv_old', state)
  at = dayAfter(10)
  await put('north/cnv_young')

  const { db } = database
  const audit = createAudit({ db, kafka, log: quietLog, keys: undefined })
  closers.push(() => audit.close())
  const tenants = { names: async () => ['north', 'south'] }
  const settings = { ledgerDays: 30, payloadDays: 30, encryption: true }
  const sources = holdSources({ sources: [], accounts: [], tenants: [{ name: 'north', retentionDays: 7 }] })
  const parts: RetentionParts = { db, kafka, redis, log: quietLog, audit, sources, tenants, hasKeys: true, settings }
  const enforce = async (now: number, clock = now) => {
    const time = async () => [Math.floor(clock / 1_000), 0]
    await enforceRetention(
      { ...parts, redis: { pipeline: () => redis.pipeline(), time } },
      now,
      AbortSignal.timeout(60_000),
    )
  }
  const entries = async () => {
    const rows = await db
      .selectFrom('audit_entries')
      .select(['tenant', 'action', 'outcome'])
      .orderBy('sequence')
      .execute()
    return rows.map(({ tenant, action, outcome }) => `${tenant} ${action} ${outcome}`)
  }
  const report = async () =>
    (await reportRetention({ db, tenants, settings })).map(({ days, next_days, topics: of }) => {
      return { days, next_days, readable_from: of.readable_from, oldest: of.oldest_key_day }
    })

  // Fewer days hold a day later: until then a mistake can be taken back.
  await enforce(dayAfter(10))
  expect(await report()).toMatchObject([
    { days: null, next_days: 7, oldest: keyDay(BASE) },
    { days: null, next_days: null },
  ])
  expect((await redis.hgetall('key:north/cnv_old'))[`current:${keyDay(BASE)}`]).toBeDefined()
  // Nor by a clock that nobody shares.
  await expect(enforce(dayAfter(11), dayAfter(10))).rejects.toThrow('clocks')
  await enforce(dayAfter(11))

  // Who looks for the key now does not find it, and takes it neither for lost nor for one to come; who held it hears of it.
  const later = await connect()
  expect((await keysRead(later, topics.events as never)).toSorted()).toEqual(['north/cnv_young', 'south/cnv_old'])
  const isGone = async () => !(await keysRead(kafka, topics.events as never)).includes('north/cnv_old')
  await waitFor(isGone, { what: 'who held the key to know' })
  expect(await keysRead(later, topics.snapshots as never)).toEqual(['north/cnv_old'])
  const stored = await redis.hgetall('key:north/cnv_old')
  expect(Object.entries(stored).filter(([field, key]) => field.includes(keyDay(BASE)) && key !== '')).toEqual([])
  expect(stored.current).toBeDefined()
  expect(await report()).toMatchObject([
    { days: 7, next_days: null, readable_from: Date.parse('2026-11-27T00:00:00Z'), oldest: keyDay(dayAfter(10)) },
    { days: null, next_days: null },
  ])
  const said = [
    'north retention.days done',
    'north retention.days done',
    ' retention.keys begun',
    ' retention.keys done',
  ]
  expect(await entries()).toEqual([...said, 'north retention.keys done'])

  // Done again it changes nothing, and more days than before bring nothing back.
  sources.replace({ sources: [], accounts: [], tenants: [{ name: 'north', retentionDays: 20 }] })
  await enforce(dayAfter(11))
  expect((await entries()).slice(5)).toEqual(['north retention.days done'])
  expect((await report())[0]).toMatchObject({ days: 20, readable_from: Date.parse('2026-11-27T00:00:00Z') })

  // Of a tenant without days keys end once no record can be there any more; what lasts is there as long as it is.
  await enforce(dayAfter(100))
  expect((await redis.hgetall('key:south/cnv_old'))[`current:${keyDay(BASE)}`]).toBeDefined()
  await enforce(dayAfter(110))
  expect(Object.values(await redis.hgetall('key:south/cnv_old')).filter((key) => key !== '')).toEqual([])
  await waitFor(async () => (await keysRead(later, topics.events as never)).length === 0, { what: 'all to be gone' })
  expect(await keysRead(later, topics.snapshots as never)).toEqual(['north/cnv_old'])
})
