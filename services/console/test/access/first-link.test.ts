import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { redeemCode } from '../../src/access/codes.ts'
import { keepFirstLink } from '../../src/access/first-link.ts'
import { addUser } from '../../src/access/users.ts'
import type { Database } from '../../src/db/connect.ts'
import { migrate } from '../../src/db/migrate.ts'
import { everywhere } from '../support/console.ts'
import { openTestDatabase } from '../support/databases.ts'

const settings = { baseUrl: 'https://console.example.com', port: 8090, linkFile: undefined }
let database: Database
let written: string[]
let errors: string[]
let stop: () => Promise<void>

beforeEach(async () => {
  database = await openTestDatabase('postgres')
  written = []
  errors = []
})
afterEach(async () => {
  await stop()
  await database.close()
})

const keep = async () => {
  const log = { warn: () => {}, error: (_: object, text: string) => void errors.push(text) }
  const write = (text: string) => void written.push(text)
  stop = await keepFirstLink({ db: database.db, settings, log, write, everyMs: 20 })
}
const userOf = (text = '') => redeemCode(database.db, /#code=(\S+)/.exec(text)?.[1] ?? '', Date.now())
const withinAMinute = { timeout: 60_000 }

test('a database that is lost while the console runs gets a new link by itself, and the log says what was lost', async () => {
  const grants = [everywhere('admin')]
  const { id } = await addUser(database.db, { name: 'ada', email: null, grants }, 'host', Date.now())
  await database.db.updateTable('users').set({ password: 'kept' }).where('id', '=', id).execute()
  await keep()
  expect(written).toEqual([])
  await sql`drop schema public cascade`.execute(database.db)
  await sql`create schema public`.execute(database.db)
  await migrate(database.db)
  await vi.waitFor(() => expect(written).toHaveLength(1), withinAMinute)
  expect(await userOf(written[0])).toBeDefined()
  expect(errors).toEqual([expect.stringMatching(/^users, their tokens .* lost with the database: log in by the new/)])
})

test('a link that is out is not replaced before it has expired, used or not', async () => {
  await keep()
  const look = vi.waitFor(() => expect(written).toHaveLength(2), withinAMinute)
  expect(await userOf(written[0])).toBeDefined()
  const past = { expires_at: 1 }
  await database.db.updateTable('login_codes').set(past).execute()
  await look
  expect(await userOf(written[1])).toBeDefined()
  expect(errors).toEqual([])
})
