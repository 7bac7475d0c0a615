import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { type Database, type DatabaseOptions, openDatabase } from '../../src/db/connect.ts'
import { migrate } from '../../src/db/migrate.ts'

/** What the console runs on: `describe.each(databaseKinds)` holds a promise on both. */
export const databaseKinds = ['postgres', 'pglite'] as const
export type DatabaseKind = (typeof databaseKinds)[number]

/** A new database of the kind with all tables; close it in `afterAll` (a Postgres one stays in its server, which ends with the run). */
export async function openTestDatabase(
  kind: DatabaseKind = 'postgres',
  options: Pick<DatabaseOptions, 'sealed' | 'resting'> = {},
): Promise<Database> {
  const database = openDatabase({ ...options, ...(kind === 'postgres' ? { url: await createTestDatabase() } : {}) })
  await migrate(database.db)
  return database
}

/** URL of a new, empty database of the run's Postgres. */
export async function createTestDatabase(): Promise<string> {
  const url = new URL(process.env.TEST_POSTGRES_URL ?? '')
  const name = `t${randomBytes(6).toString('hex')}`
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  url.pathname = `/${name}`
  return url.href
}
