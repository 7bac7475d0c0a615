import { personalTables } from '@millrace/service-kit/personal-data'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/db/connect.ts'
import { openTestDatabase } from '../support/databases.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

/** Names of columns by table; those of the payloads' days are the payloads' own. */
async function columns(): Promise<Record<string, string[]>> {
  const { rows } = await sql<{ table: string; columns: string[] }>`select c.table_name::text as table,
      array_agg(c.column_name::text order by c.column_name collate "C") as columns
    from information_schema.columns c
    where c.table_schema = current_schema() and not exists (
      select from pg_inherits i join pg_class p on p.oid = i.inhrelid where p.relname = c.table_name)
    group by 1`.execute(database.db)
  return Object.fromEntries(rows.map((row) => [row.table, row.columns]))
}

const listed = Object.fromEntries(
  Object.entries(personalTables).map(([table, { subject, content, none }]) => [
    table,
    [subject, content, none].flatMap((list) => list.split(' ').filter(Boolean)).sort(),
  ]),
)

test('of every column it is written down whether it is personal, once', async () => {
  expect(listed, 'packages/service-kit/src/personal-data/tables.ts').toEqual(await columns())
})

test('a new column is seen', async () => {
  await sql`alter table notices add column told_to text`.execute(database.db)
  expect(await columns()).not.toEqual(listed)
})
