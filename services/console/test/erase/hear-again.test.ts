import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { saidByOthers } from '../../src/erase/hear-again.ts'
import { openTestDatabase } from '../support/databases.ts'

test('of a node that everybody names the last three events of others, of one that few name those, however long ago', async () => {
  const { db, close } = await openTestDatabase()
  const insert = async (from: number, until: number, nodes: readonly string[]) => {
    const ids = sql`select 'evt_' || nth as id, nth from generate_series(${from}::integer, ${until}::integer) as nth`
    await sql`insert into extractions (tenant, event_id, extraction_id, extractor, extractor_version, extracted_at, node_ids,
      relationship_ids) select 'default', id, id, 'x', 1, nth, ${nodes}::text[], '{}' from (${ids}) as events`.execute(
      db,
    )
    await sql`insert into webhook_events (tenant, event_id, webhook_id, event_type, priority, identity, account, provider, provider_type,
      source, origin, completeness, content_type, payload_bytes, payload_day, occurred_at, received_at, created_at, received_position,
      events_partition, events_offset) select 'default', id, id, 'message.received', 'normal', id, 'default', 'front', 'inbound',
      'front', 'webhook', 'full', 'application/json', 0, 0, nth, nth, nth, '', 0, nth from (${ids}) as events`.execute(
      db,
    )
  }
  await insert(1, 2, ['person:rare', 'tag:common'])
  await insert(3, 3_000, ['tag:common'])
  await insert(3_001, 3_002, ['person:rare', 'tag:common', 'person:erased'])
  const nodes = ['person:rare', 'tag:common'].map((id) => ({ id, events: ['evt_3001', 'evt_3002'] }))
  const said = await saidByOthers(db, { tenant: 'default', nodes })
  expect(said.toSorted()).toEqual(['evt_1', 'evt_2', 'evt_2998', 'evt_2999', 'evt_3000'])
  expect(await saidByOthers(db, { tenant: 'another', nodes })).toEqual([])
  await close()
})
