import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { holdSources } from '@millrace/service-kit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Database } from '../../src/db/connect.ts'
import { lagOf } from '../../src/read/consumer-lag.ts'
import { type KafkaWatch, watchKafka } from '../../src/read/kafka-watch.ts'
import { keepFresh } from '../../src/read/keep-fresh.ts'
import { stateOf, watchLedger } from '../../src/read/ledger-state.ts'
import { MINUTE, minutesSince, percentileOf, seriesOf } from '../../src/read/minute-counts.ts'
import { readOverview } from '../../src/read/overview.ts'
import type { Reading } from '../../src/read/reading.ts'
import { overview } from '../../src/read/schemas/index.ts'
import { readServiceHealth } from '../../src/read/service-health.ts'
import { readSourceRows } from '../../src/read/sources.ts'
import { databaseKinds, openTestDatabase } from '../support/databases.ts'
import { addCount, addDeadLetter, addDelivery, addEvent, beginLedger, T0 } from './support/seed.ts'

const NOW = T0 + 30 * MINUTE + 5_000
const answering: KafkaWatch = { isAway: () => false, isAwayFor: async () => false }
const silent: KafkaWatch = { isAway: () => true, isAwayFor: async () => true }

describe.each(databaseKinds)('the overview in %s', (kind) => {
  let database: Database
  let reading: Reading
  beforeAll(async () => {
    database = await openTestDatabase(kind)
    const { db } = database
    await beginLedger(db, 'one', NOW)
    const count = (metric: string, label: string, minute: number, count: number, tenant = 'default') =>
      addCount(db, { tenant, metric, label, minute: T0 + minute * MINUTE, count })
    await count('event', 'message.received', 10, 5)
    await count('event', 'message.received', 30, 2)
    await count('event', 'comment.added', 30, 1)
    await count('event', 'message.received', -600, 100)
    await count('event', 'message.received', 10, 1_000, 'other')
    await count('freshness', '250', 10, 98)
    await count('freshness', '5000', 11, 1)
    await count('freshness', 'inf', 11, 1)
    await count('attempt', 'succeeded', 12, 9)
    await count('attempt', 'retrying', 12, 4)
    await count('dead', 'deliveries.requested.v1.dlq.delivery-send', 12, 1)
    await count('source', 'front', 12, 7)
    await addEvent(db, { event_id: 'evt_p', status: 'pending', conversation_id: 'cnv_1', received_at: T0 + 7 })
    await addEvent(db, { event_id: 'evt_f', status: 'failed' })
    await addDelivery(db, {
      delivery_id: 'msg_1',
      event_id: 'evt_p',
      state: 'waiting',
      waiting_for: 'breaker',
      requested_at: T0 + 9,
    })
    await addDelivery(db, {
      delivery_id: 'msg_2',
      event_id: 'evt_p',
      state: 'waiting',
      waiting_for: 'breaker',
      requested_at: T0 + 8,
    })
    await addDelivery(db, { delivery_id: 'msg_3', event_id: 'evt_p', state: 'requested', requested_at: T0 + 10 })
    await addDelivery(db, { delivery_id: 'msg_4', event_id: 'evt_p', state: 'succeeded' })
    await addDeadLetter(db, { offset: 1, at: T0 + 1 })
    await addDeadLetter(db, { offset: 2, at: T0, redriven_at: T0 + 5 })
    const refused = {
      tenant: 'default',
      source: 'front',
      account: 'default',
      provider: 'front',
      scheme: 'app',
      mistakes: ['trailing-newline'],
      secret_id: null,
      is_explained: true,
      body_bytes: 2,
      address: '203.0.113.9',
    }
    await db
      .insertInto('rejected_requests')
      .values({ ...refused, webhook_id: 'w1', received_at: T0 + 20 * MINUTE, rule: 'signature', unsampled: 4 })
      .execute()
    const front = {
      name: 'front',
      tenant: 'default',
      account: 'default',
      provider: 'front',
      path: '/api/webhooks/front',
      schemes: [],
      secrets: [],
      isSynchronous: false,
      maxBodyBytes: 1,
      rateLimitPerMinute: 1,
      toleranceMs: 1,
    }
    reading = {
      version: '1',
      db,
      sources: holdSources({
        sources: [front, { ...front, name: 'elsewhere', tenant: 'other' }],
        accounts: [],
        tenants: [{ name: 'default' }],
      }),
      webhookBaseUrl: 'https://hooks.example.org',
      ledger: watchLedger(db, answering, () => NOW),
      live: { listen: () => Promise.reject(new Error('not here')), close: () => {} },
      lag: async () => ({ asOf: NOW, value: [{ group: 'dedup', topic: 'webhooks.received.v1', lag: 3 }] }),
      services: async () => undefined,
      fronts: async () => null,
    }
  })
  afterAll(() => database.close())

  test('it tells of this tenant’s last minutes, and of what waits however old', async () => {
    const shown = await readOverview(reading, 'default', 30, NOW)
    expect(overview.parse(shown)).toEqual(shown)
    expect(shown.events).toMatchObject({ total: 8, pending: 1, failed: 1 })
    expect(shown.events.minutes).toHaveLength(30)
    expect(shown.events.series.map(({ type, total }) => [type, total])).toEqual([
      ['message.received', 7],
      ['comment.added', 1],
    ])
    expect(shown.freshness).toEqual({ p50_ms: 250, p99_ms: 5_000, events: 100, oldest_waiting_since: T0 + 7 })
    expect(shown.deliveries).toMatchObject({ succeeded: 9, dead: 1, waiting: 3, success_ratio: 0.9 })
    expect(shown.deliveries.oldest_undelivered).toEqual([
      { cause: 'breaker', count: 2, since: T0 + 8, delivery_id: 'msg_2', endpoint_id: 'ep_1' },
      { cause: 'requested', count: 1, since: T0 + 10, delivery_id: 'msg_3', endpoint_id: 'ep_1' },
    ])
    expect(shown.dead_letters).toEqual({ count: 1, oldest_at: T0 + 1 })
    expect(shown.verification_failures).toMatchObject({ total: 5, rules: [{ rule: 'signature', count: 5 }] })
    expect(shown).toMatchObject({
      ledger: { state: 'live' },
      consumers: { items: [{ lag: 3 }] },
      services: { as_of: null },
    })
  })

  test('a tenant of which nothing is known has an overview too', async () => {
    const shown = await readOverview(reading, 'empty', 60, NOW)
    expect(shown).toMatchObject({
      events: { total: 0, series: [] },
      freshness: { p50_ms: null },
      deliveries: { success_ratio: null },
    })
  })

  test('sources tell what came from them and what was refused, of their tenant alone', async () => {
    const rows = await readSourceRows(reading, 'default', NOW)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      name: 'front',
      url: 'https://hooks.example.org/api/webhooks/front',
      mode: null,
      last_event_at: T0 + 12 * MINUTE,
      events_last_day: 7,
      refused_last_day: 5,
      last_refused: { rule: 'signature', mistakes: ['trailing-newline'] },
      gap_repair: { state: 'no-api-token' },
    })
  })

  test('while Kafka is away it says that nothing is taken in, soon; a projection that stands by itself is told as that', async () => {
    const { db } = database
    const seen = async (kafka: KafkaWatch, ageMs: number) => await watchLedger(db, kafka, () => NOW + ageMs).read()
    const away = {
      state: 'stale',
      stale_since: NOW,
      cause: 'kafka',
      reason: expect.stringContaining('senders get 503'),
    }
    expect(await seen(silent, 7_000)).toMatchObject(away)
    expect(await seen(silent, 20_000)).toMatchObject(away)
    expect(await seen(silent, 3_000)).toMatchObject({ state: 'live', cause: null })
    expect(await seen(answering, 7_000)).toMatchObject({ state: 'live' })
    expect(await seen(answering, 20_000)).toMatchObject({ state: 'stale', cause: 'projection' })
  })

  test('once the database is emptied the ledger is stale, since when it was last known to be complete', async () => {
    const watch = watchLedger(database.db, answering, () => NOW + 1_000)
    expect(await watch.read()).toMatchObject({ state: 'live' })
    await database.db.schema.dropTable('ledger_state').execute()
    const stale = {
      state: 'stale',
      stale_since: NOW,
      lag_records: null,
      cause: 'database',
      reason: 'the database was emptied',
    }
    expect(await watch.read()).toEqual(stale)
  })
})

test('the ledger is catching up while it is built, stale when the projection stands', () => {
  const row = { as_of: NOW - 60_000, rebuild_total: 0, rebuild_done: 0 }
  expect(stateOf(row, NOW)).toMatchObject({ state: 'stale', stale_since: NOW - 60_000 })
  expect(stateOf({ ...row, rebuild_total: 10, rebuild_done: 4 }, NOW)).toMatchObject({
    state: 'catching-up',
    lag_records: 6,
  })
  expect(stateOf(undefined, NOW)).toMatchObject({ state: 'catching-up', stale_since: null })
})

test('a group’s lag counts what it has not read; without a commit it is not known', () => {
  const offsets = (...values: number[]) => new Map(values.map((value, partition) => [partition, BigInt(value)]))
  expect(lagOf(offsets(5, 2), offsets(8, 2), offsets(0, 0))).toBe(3)
  expect(lagOf(offsets(5), offsets(8, 4), offsets(0, 1))).toBe(6)
  expect(lagOf(new Map(), offsets(8), offsets(0))).toBeNull()
})

test('series keep the most frequent types and sum up the others', () => {
  const minutes = minutesSince(T0, T0 + MINUTE)
  const counts = Array.from({ length: 15 }, (_, place) => ({ label: `t${place}`, minute: T0, count: 100 - place }))
  const series = seriesOf(counts, minutes)
  expect(series).toHaveLength(12)
  expect(series[0]).toEqual({ type: 't0', total: 100, counts: [100, 0] })
  expect(series.at(-1)).toMatchObject({ type: 'other', total: 89 + 88 + 87 + 86 })
})

test('a percentile is the bound below which so many lie', () => {
  const histogram = new Map([
    ['100', 50],
    ['500', 49],
    ['inf', 1],
  ])
  expect(percentileOf(histogram, 50)).toBe(100)
  expect(percentileOf(histogram, 99)).toBe(500)
  expect(percentileOf(new Map(), 50)).toBeNull()
})

test('what is slow is read once for all who ask, and stays as it was when it fails', async () => {
  let reads = 0
  const read = keepFresh(
    async () => {
      reads++
      if (reads > 1) throw new Error('away')
      return reads
    },
    { freshMs: 0, oldMs: 60_000, patienceMs: 1_000, onError: () => {} },
  )
  const [one, two] = await Promise.all([read(), read()])
  expect([one?.value, two?.value, reads]).toEqual([1, 1, 1])
  expect((await read())?.value).toBe(1)
})

test('who asks after a pause waits for news, and what does not come in time leaves what was known', async () => {
  let reads = 0
  let isSilent = false
  const silence = Promise.withResolvers<number>()
  const options = { freshMs: 0, oldMs: 0, patienceMs: 500, onError: () => {} }
  const read = keepFresh(async () => (isSilent ? await silence.promise : ++reads), options)
  expect((await read())?.value).toBe(1)
  expect((await read())?.value).toBe(2)
  isSilent = true
  expect((await read())?.value).toBe(2)
  silence.resolve(3)
  await vi.waitFor(async () => expect((await read())?.value).toBe(3), { timeout: 60_000 })
})

test('Kafka is away when it refuses, and when it says nothing; it is back with its first answer', async () => {
  let now = 0
  let answer = Promise.withResolvers<unknown>()
  const watch = watchKafka(
    () => answer.promise,
    () => now,
  )
  expect(watch.isAway()).toBe(false)
  expect(await watch.isAwayFor(1)).toBe(true)
  now = 3_000
  expect(watch.isAway()).toBe(true)
  answer.resolve('cluster')
  await vi.waitFor(() => expect(watch.isAway()).toBe(false), { timeout: 60_000 })
  answer = Promise.withResolvers()
  answer.reject(new Error('refused'))
  expect(await watch.isAwayFor(60_000)).toBe(true)
  expect(watch.isAway()).toBe(true)
})

describe('the health of services', () => {
  const serve = async (status: number, report: object) => {
    const server = createServer((_, response) => void response.writeHead(status).end(JSON.stringify(report)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { url, [Symbol.asyncDispose]: async () => void (await new Promise((resolve) => server.close(resolve))) }
  }
  const raw = 'KafkaJSRequestTimeoutError: Request Metadata(key: 3, version: 6) timed out'

  test('each is not ready with the reason, or down', async () => {
    const checks = { started: { ok: false, reason: 'still starting' }, redis: { ok: true } }
    const server = await serve(503, { ok: false, checks })
    const [dedup] = await readServiceHealth([`dedup=${server.url}`])
    expect(dedup).toMatchObject({ name: 'dedup', state: 'not-ready', detail: 'started: still starting' })
    await server[Symbol.asyncDispose]()
    const [gone] = await readServiceHealth([`dedup=${server.url}`])
    expect(gone).toEqual({ name: 'dedup', state: 'down', detail: 'nothing listens there', checks: [] })
  })

  test('one that answers without a part is not simply up, and says what comes of it', async () => {
    await using server = await serve(200, { ok: true, checks: { kafka: { ok: false, optional: true, reason: raw } } })
    const [gateway] = await readServiceHealth([`gateway=${server.url}`])
    expect(gateway).toMatchObject({
      state: 'limited',
      detail: 'Kafka does not answer: senders get 503 and repeat',
      checks: [{ name: 'kafka', is_ok: false, detail: 'Kafka does not answer' }],
    })
  })

  test('what a library said is nowhere in it', async () => {
    const checks = { kafka: { ok: false, reason: raw }, 'cluster id': { ok: false, reason: raw } }
    await using server = await serve(503, { ok: false, checks })
    const text = JSON.stringify(await readServiceHealth([`dedup=${server.url}`]))
    expect(text).not.toMatch(/KafkaJS|Metadata/)
    expect(text).toContain('cluster id: not possible yet; its log says why')
  })
})
