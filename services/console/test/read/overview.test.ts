import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { holdSources } from '@millrace/service-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/connect.ts'
import { lagOf } from '../../src/read/consumer-lag.ts'
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
      ledger: watchLedger(db, () => NOW),
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

  test('once the database is emptied the ledger is stale, since when it was last known to be complete', async () => {
    const watch = watchLedger(database.db, () => NOW + 1_000)
    expect(await watch.read()).toMatchObject({ state: 'live' })
    await database.db.schema.dropTable('ledger_state').execute()
    const stale = { state: 'stale', stale_since: NOW, lag_records: null, reason: 'the database was emptied' }
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
    { freshMs: 0, patienceMs: 1_000, onError: () => {} },
  )
  const [one, two] = await Promise.all([read(), read()])
  expect([one?.value, two?.value, reads]).toEqual([1, 1, 1])
  expect((await read())?.value).toBe(1)
})

test('each service is up, not ready with the reason, or down', async () => {
  const report = { ok: false, checks: { kafka: { ok: false, reason: 'no answer' }, redis: { ok: true } } }
  const server = createServer((_, response) => void response.writeHead(503).end(JSON.stringify(report))).listen(
    0,
    '127.0.0.1',
  )
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const [dedup] = await readServiceHealth([`dedup=${url}`])
  expect(dedup).toMatchObject({ name: 'dedup', state: 'not-ready', detail: 'kafka: no answer' })
  await new Promise((resolve) => server.close(resolve))
  const [gone] = await readServiceHealth([`dedup=${url}`])
  expect(gone).toEqual({ name: 'dedup', state: 'down', detail: 'nothing listens there', checks: [] })
})
