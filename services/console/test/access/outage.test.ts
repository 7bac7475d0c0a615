import pg from 'pg'
import { expect, test } from 'vitest'
import { createOutage, isDatabaseAway } from '../../src/access/outage.ts'

test('an outage lasts from the first failed query until one is answered', () => {
  let now = 1_000
  const outage = createOutage(() => now)
  const away = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  expect(outage.isDatabaseAway(away)).toBe(true)
  now = 2_000
  expect(outage.isDatabaseAway(away)).toBe(true)
  expect(outage.databaseAwaySince()).toBe(1_000)
  outage.databaseAnswered()
  expect(outage.databaseAwaySince()).toBeUndefined()
})

test('a wrong query is no outage', () => {
  const outage = createOutage()
  expect(outage.isDatabaseAway(Object.assign(new Error('syntax error'), { code: '42601' }))).toBe(false)
  expect(outage.databaseAwaySince()).toBeUndefined()
})

test.each(['57P01', '57P03', '53300', '08006', 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN', '42P01', '3F000'])(
  '%s is one',
  (code) => {
    expect(isDatabaseAway(Object.assign(new Error('away'), { code }))).toBe(true)
  },
)

test('what the client says of a server that is gone, or too slow to connect to, is one', async () => {
  const pool = new pg.Pool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 500 })
  expect(isDatabaseAway(await pool.query('select 1').catch((error: unknown) => error))).toBe(true)
  await pool.end()
  expect(isDatabaseAway(new Error('timeout exceeded when trying to connect'))).toBe(true)
  expect(isDatabaseAway(new Error('Connection terminated unexpectedly'))).toBe(true)
})
