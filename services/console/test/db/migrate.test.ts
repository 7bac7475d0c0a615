import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/connect.ts'
import { openDatabase } from '../../src/db/connect.ts'
import { migrate } from '../../src/db/migrate.ts'
import { createTestDatabase, databaseKinds, openTestDatabase } from '../support/databases.ts'

describe.each(databaseKinds)('on %s', (kind) => {
  let database: Database
  beforeAll(async () => {
    database = await openTestDatabase(kind)
  })
  afterAll(() => database.close())

  test('migrating again changes nothing', async () => {
    await database.db.insertInto('ledger_watermarks').values({ partition: 3, next_offset: 7 }).execute()
    await migrate(database.db)
    const rows = await database.db.selectFrom('ledger_watermarks').selectAll().execute()
    expect(rows).toEqual([{ partition: 3, next_offset: 7 }])
  })

  test('large whole numbers are numbers, bytes are Buffers, JSON is parsed, lists are arrays', async () => {
    const { rows } = await sql`select 9007199254740991::bigint as big, decode('00ff', 'hex') as bytes,
      '{"a":[1]}'::jsonb as json, '{x,"y z"}'::text[] as list`.execute(database.db)
    expect(rows).toEqual([
      { big: 9_007_199_254_740_991, bytes: Buffer.from([0, 255]), json: { a: [1] }, list: ['x', 'y z'] },
    ])
  })

  test('the indexes that searches rely on are there', async () => {
    const { rows } = await sql<{ indexdef: string }>`select indexdef from pg_indexes
      where tablename = 'webhook_events'`.execute(database.db)
    const columns = rows.map(({ indexdef }) => /\((.*?)\)/.exec(indexdef)?.[1])
    expect(columns).toContain('tenant, status, created_at, event_id')
    expect(columns).toContain('tenant, event_type, received_at, event_id')
    expect(columns).toContain('tenant, event_id')
  })
})

test('of several processes that migrate at once, each finds the tables', async () => {
  const url = await createTestDatabase()
  const databases = [1, 2, 3].map(() => openDatabase({ url }))
  await Promise.all(databases.map(({ db }) => migrate(db)))
  await Promise.all(databases.map(({ db }) => db.selectFrom('webhook_events').selectAll().execute()))
  await Promise.all(databases.map((database) => database.close()))
})

test('a Postgres that is away is an error of each query', async () => {
  const database = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none' })
  await expect(sql`select 1`.execute(database.db)).rejects.toThrow('ECONNREFUSED')
  await database.close()
})
