import { eventValue, quietLog } from '@millrace/test-support'
import { type KyselyPlugin, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/connect.ts'
import { prepareRows } from '../../src/ledger/prepare-rows.ts'
import { projectEvent } from '../../src/ledger/project-events.ts'
import { removeOld } from '../../src/ledger/retention.ts'
import { countOne, emptyRows, noteHop } from '../../src/ledger/rows.ts'
import { writeCounts, writeRows } from '../../src/ledger/write-rows.ts'
import { removeTenantRows } from '../../src/retention/remove-tenant-rows.ts'
import { databaseKinds, openTestDatabase } from '../support/databases.ts'

const DAY_MS = 86_400_000
const NOW = 20_000 * DAY_MS + 5_000

describe.each(databaseKinds)('on %s', (kind) => {
  let database: Database
  beforeAll(async () => {
    database = await openTestDatabase(kind)
    const rows = emptyRows()
    for (const daysAgo of [0, 2, 9, 20]) {
      const at = NOW - daysAgo * DAY_MS
      const value = eventValue({ event_id: `evt_${daysAgo}` })
      const place = { topic: 'webhooks.events.v1', partition: 0, offset: BigInt(daysAgo), id: '', headers: new Map() }
      projectEvent(rows, { ...place, key: 'default/cnv_1', value, timestamp: at })
      noteHop(rows, 'default', `evt_${daysAgo}`, 'snapshot_at', at)
      countOne(rows, 'default', 'attempt', 'succeeded', at)
    }
    await writeRows(database.db, prepareRows(rows, 20_000 - 10), new Set())
    await writeCounts(database.db, rows)
  })
  afterAll(() => database.close())

  const idsIn = async (table: 'webhook_events' | 'event_payloads' | 'event_hops') => {
    const rows = await database.db.selectFrom(table).select('event_id').orderBy('event_id').execute()
    return rows.map(({ event_id }) => event_id)
  }

  test('a payload that is past its days when its event is read is not kept at all', async () => {
    expect(await idsIn('webhook_events')).toEqual(['evt_0', 'evt_2', 'evt_20', 'evt_9'])
    expect(await idsIn('event_payloads')).toEqual(['evt_0', 'evt_2', 'evt_9'])
  })

  test('payloads go by whole days, everything else of an event by its age, and what is young stays', async () => {
    await removeOld({ database, log: quietLog, payloadDays: 5, days: 10 }, NOW)
    expect(await idsIn('event_payloads')).toEqual(['evt_0', 'evt_2'])
    expect(await idsIn('webhook_events')).toEqual(['evt_0', 'evt_2', 'evt_9'])
    expect(await idsIn('event_hops')).toEqual(['evt_0', 'evt_2', 'evt_9'])
    const { rows } = await sql<{ left: number }>`select count(distinct minute) as left from minute_counts`.execute(
      database.db,
    )
    expect(rows).toEqual([{ left: 3 }])
  })

  test('rows of a tenant with days of its own go by those, and other tenants keep theirs', async () => {
    const other = emptyRows()
    const value = eventValue({ tenant: 'north', event_id: 'evt_north' })
    const place = { topic: 'webhooks.events.v1', partition: 0, offset: 50n, id: '', headers: new Map() }
    projectEvent(other, { ...place, key: 'north/cnv_1', value, timestamp: NOW - 2 * DAY_MS })
    await writeRows(database.db, prepareRows(other, 20_000 - 10), new Set())
    const before = [await idsIn('webhook_events'), await idsIn('event_payloads'), await idsIn('event_hops')]
    expect(await removeTenantRows(database.db, 'default', NOW - DAY_MS)).toBeGreaterThan(0)
    expect(before).toEqual([
      ['evt_0', 'evt_2', 'evt_9', 'evt_north'],
      ['evt_0', 'evt_2', 'evt_north'],
      expect.anything(),
    ])
    expect(await idsIn('webhook_events')).toEqual(['evt_0', 'evt_north'])
    expect(await idsIn('event_payloads')).toEqual(['evt_0', 'evt_north'])
    expect(await idsIn('event_hops')).toEqual(['evt_0'])
    expect(await removeTenantRows(database.db, 'north', NOW - 2 * DAY_MS + 1)).toBe(1)
  })

  test('of the changes that live views are told, the newest 200,000 stay, however many came', async () => {
    const { db } = database
    await sql`insert into ledger_changes (seq, tenant, kind, id, at) select seq, 'default', 'event', '', 0
      from (select generate_series(1, 10002) union select 210002) as made (seq)`.execute(db)
    const removed: number[] = []
    const counting: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        removed.push(Number(result.numAffectedRows ?? 0))
        return result
      },
    }
    await removeOld({ database: { db: db.withPlugin(counting) }, log: quietLog, payloadDays: 5, days: 10 }, NOW)
    const { rows } = await sql<{ left: number; oldest: number }>`
      select count(*)::integer as left, min(seq)::integer as oldest from ledger_changes`.execute(db)
    expect(rows).toEqual([{ left: 2, oldest: 10_002 }])
    // No statement takes long, whatever has come since the last time.
    expect(Math.max(...removed)).toBeLessThanOrEqual(5_000)
  })
})
