import type { ErasureScope } from '@millrace/operations'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { deleteRows } from '../../src/erase/rows.ts'
import { openTestDatabase } from '../support/databases.ts'

const scope: ErasureScope = {
  tenant: 'default',
  subject: { kind: 'conversation', id: 'cnv_1' },
  dataSubjects: [{ kind: 'conversation', id: 'cnv_1' }],
  events: [{ id: 'evt_1', conversation: 'cnv_1', reply_key: '' }],
  accounts: [],
  endpoints: [],
  nodes: [],
  relationships: [],
  knownUntil: 0,
}

test('an erasure that the database ends because it and the ledger wait for each other is done all the same', async () => {
  const { db, close } = await openTestDatabase()
  await sql`insert into event_hops (tenant, event_id) values ('default', 'evt_1')`.execute(db)
  await sql`insert into ledger_changes (tenant, kind, id, at) values ('default', 'event', 'evt_1', 0)`.execute(db)
  let deleting: Promise<unknown> | undefined
  const ledger = db.transaction().execute(async (trx) => {
    // Whoever is patient is not the one whom the database ends.
    await sql`set local deadlock_timeout = '1min'`.execute(trx)
    await sql`update ledger_changes set at = 1`.execute(trx)
    deleting = deleteRows(db, scope)
    const waiting = sql`select 1 from pg_locks where not granted`
    for (let found = 0; found === 0; ) found = (await waiting.execute(db)).rows.length
    await sql`update event_hops set snapshot_at = 1`.execute(trx)
  })
  await ledger
  const places = (await deleting) as Awaited<ReturnType<typeof deleteRows>>
  expect(places).toContainEqual({ place: 'table event_hops', what: 'rows deleted', count: 1 })
  expect(places).toContainEqual({ place: 'table ledger_changes', what: 'rows deleted', count: 1 })
  await close()
})
