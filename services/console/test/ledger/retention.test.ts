import { eventValue, quietLog } from '@millrace/test-support'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/connect.ts'
import { prepareRows } from '../../src/ledger/prepare-rows.ts'
import { projectEvent } from '../../src/ledger/project-events.ts'
import { removeOld } from '../../src/ledger/retention.ts'
import { countOne, emptyRows, noteHop } from '../../src/ledger/rows.ts'
import { writeCounts, writeRows } from '../../src/ledger/write-rows.ts'
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
})
