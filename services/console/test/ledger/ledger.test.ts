import { topics } from '@millrace/schemas'
import { attemptValue, deliveryValue, eventValue, snapshotValue } from '@millrace/test-support'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/connect.ts'
import type { Ledger } from '../../src/ledger/ledger.ts'
import { findConversations, readConversation } from '../../src/read/conversations.ts'
import { databaseKinds, openTestDatabase } from '../support/databases.ts'
import {
  createTopics,
  handleEvents,
  hashOf,
  projectInto,
  type TestTopics,
  untilProjected,
} from '../support/ledger-under-test.ts'

/** A small history that has one of everything, written once for both databases. */
let written: TestTopics
beforeAll(async () => {
  written = await createTopics()
  const { put, kafka } = written
  await put(topics.events, 'cnv_1', eventValue())
  await put(
    topics.events,
    'cnv_2',
    eventValue({ event_id: 'evt_2', conversation_id: 'cnv_2', payload: Buffer.from([0]) }),
  )
  await put(topics.events, 'x', eventValue({ event_id: 'evt_3', conversation_id: null, provider: 'make' }))
  await put(topics.events, 'x', eventValue({ event_id: 'evt_4', conversation_id: null, type: 'tag\u0000.odd' }))
  await put(topics.events, 'x', eventValue({ event_id: 'evt_3', conversation_id: null, received_position: 'r-0-77' }))
  await put(topics.snapshots, 'cnv_1', snapshotValue())
  const grace = { id: 'tea_1', name: 'Grace Hopper', handle: 'Grace@navy.example' }
  const newest = {
    ...{ id: 'msg_9', type: 'email', is_inbound: true, created_at: 9, subject: null, blurb: 'Hello', text: 'Hello' },
    ...{ is_truncated: false, author: grace, recipients: [], attachments: [] },
  }
  const second = {
    ...{ conversation_id: 'cnv_2', caused_by: [], pending: ['evt_2'], assignee: grace },
    ...{ tags: [{ id: 'tag_1', name: 'urgent' }], messages: [newest] },
  }
  await put(topics.snapshots, 'cnv_2', snapshotValue(second))
  await put(topics.requested, 'ep_1', deliveryValue())
  await put(topics.attempts, 'ep_1', attemptValue())
  await put(topics.requested, 'ep_1', deliveryValue({ delivery_id: 'msg_4', event_id: 'evt_4' }))
  await put(topics.nodes, 'person:1', {
    ...{ tenant: 'default', id: 'person:1', type: 'person', label: 'Ada', properties_json: '{"n":0}', same_as: null },
    ...{ identities: ['a'], client_ids: ['c1'], first_seen: 1, last_seen: 2, provenance: [] },
  })
  await put(topics.nodes, 'person:2', null)
  await put(topics.endpoints, 'ep_1', {
    ...{ tenant: 'default', endpoint_id: 'ep_1', url: 'https://hooks.example/x', kind: 'general', description: '' },
    ...{
      event_types: [],
      conversation_id: null,
      usecase: null,
      workflow_id: null,
      channels: [],
      inboxes: [],
      tags: [],
    },
    ...{ payload_filter: null, payload: 'event', ids: 'provider', order: 'none', retry_delays_ms: [] },
    ...{ give_up_after_ms: 0, max_in_flight: 0, max_per_minute: 0, timeout_ms: 0, consent: 'none', is_enabled: true },
    ...{ created_at: 1, updated_at: 2, is_signed: true, sealed_headers: { authorization: 'sealed-header' } },
    secrets: [{ id: 's1', kind: 'v1', sealed: 'sealed-secret', public_key: null, created_at: 1, not_after: null }],
  })
  await handleEvents(kafka)
})
afterAll(() => written.close())

describe.each(databaseKinds)('on %s', (kind) => {
  let database: Database
  let ledger: Ledger
  beforeAll(async () => {
    database = await openTestDatabase(kind)
    ledger = projectInto(database, written.kafka)
    await untilProjected(database, written.kafka)
  })
  afterAll(async () => {
    await ledger.close()
    await database.close()
  })

  const eventOf = (id: string) =>
    database.db.selectFrom('webhook_events').selectAll().where('event_id', '=', id).executeTakeFirstOrThrow()

  test('an event whose groups, snapshot and deliveries are done is processed, with the time of each hop', async () => {
    const event = await eventOf('evt_1')
    const hops = await database.db.selectFrom('event_hops').selectAll().where('event_id', '=', 'evt_1').execute()
    expect(event).toMatchObject({ status: 'processed', event_type: 'message.received', received_at: 1_700_000_000_100 })
    expect(hops).toMatchObject([{ first_attempt_at: 1_700_000_000_400, delivered_at: 1_700_000_000_420 }])
    expect(hops[0]?.snapshot_at).toBeGreaterThanOrEqual(event.created_at)
    expect(event.processed_at).toBeGreaterThanOrEqual(hops[0]?.snapshot_at ?? Number.POSITIVE_INFINITY)
  })

  test('one that its snapshot does not reflect yet, or whose delivery is open, is pending', async () => {
    expect(await eventOf('evt_2')).toMatchObject({ status: 'pending', processed_at: null })
    expect(await eventOf('evt_4')).toMatchObject({ status: 'pending', event_type: 'tag\uFFFD.odd' })
  })

  test('one that has no conversation and no delivery is processed when its groups are done', async () => {
    const event = await eventOf('evt_3')
    expect(event).toMatchObject({ status: 'processed', processed_at: event.created_at })
  })

  test('the same event let through again is a run of it, not a row', async () => {
    const runs = await database.db.selectFrom('event_runs').selectAll().execute()
    expect(runs).toMatchObject([{ event_id: 'evt_3', kind: 'repeat', run_id: 'r-0-77' }])
    expect((await eventOf('evt_3')).run_count).toBe(1)
  })

  test('what happened is counted by minute: events by type, tries by outcome, and how fresh a snapshot was', async () => {
    // A minute may end while the history is written.
    const counts = await database.db
      .selectFrom('minute_counts')
      .select(({ fn }) => ['metric', 'label', fn.sum<number>('count').as('count')])
      .groupBy(['metric', 'label'])
      .execute()
      .then((rows) => rows.map((row) => ({ ...row, count: Number(row.count) })))
    expect(counts).toContainEqual({ metric: 'event', label: 'message.received', count: 4 })
    expect(counts).toContainEqual({ metric: 'attempt', label: 'succeeded', count: 1 })
    expect(counts.filter(({ metric }) => metric === 'freshness')).toMatchObject([{ label: 'inf', count: 1 }])
  })

  test('payloads are kept as they were sent, in the partition that the event names', async () => {
    const rows = await database.db.selectFrom('event_payloads').selectAll().orderBy('event_id').execute()
    expect(rows[0]).toMatchObject({ event_id: 'evt_1', payload: '{"id":"evt_1"}', bytes: null })
    expect(rows[1]).toMatchObject({ event_id: 'evt_2', payload: null, bytes: Buffer.from([0]) })
    expect(rows[0]?.day).toBe((await eventOf('evt_1')).payload_day)
  })

  test('a conversation is found by a part of its subject or of somebody’s name or address, in any case, or by its id', async () => {
    const ids = async (q: string) => {
      const { items } = await findConversations(database.db, 'default', { q, limit: 10 })
      return items.map(({ conversation_id }) => conversation_id).toSorted()
    }
    expect(await ids('QUEST')).toEqual(['cnv_1', 'cnv_2'])
    expect(await ids('hopper')).toEqual(['cnv_2'])
    expect(await ids('grace@NAVY')).toEqual(['cnv_2'])
    expect(await ids('cnv_1')).toEqual(['cnv_1'])
    expect(await ids('%')).toEqual([])
  })

  test('a conversation is found by the id or name of a tag, and lists show who has it and its newest message', async () => {
    const found = async (tag: string) => (await findConversations(database.db, 'default', { tag, limit: 10 })).items
    const shown = {
      ...{ conversation_id: 'cnv_2', tags: [{ id: 'tag_1', name: 'urgent' }], recipient: null, pending_count: 1 },
      assignee: { id: 'tea_1', name: 'Grace Hopper', handle: 'Grace@navy.example' },
      last_message: { at: 9, is_inbound: true, blurb: 'Hello' },
    }
    expect(await found('tag_1')).toMatchObject([shown])
    expect(await found('urgent')).toMatchObject([shown])
    expect(await found('urg')).toEqual([])
    const { messages } = await readConversation(database.db, 'default', 'cnv_2')
    expect(messages).toMatchObject([{ id: 'msg_9', text: 'Hello' }])
  })

  test('nothing sealed is in the ledger', async () => {
    const [row] = await database.db.selectFrom('endpoints').selectAll().execute()
    expect(row).toMatchObject({ url: 'https://hooks.example/x', config: { header_names: ['authorization'] } })
    expect(JSON.stringify(row)).not.toContain('sealed-')
  })

  test('it goes on where it was: projecting again changes nothing', async () => {
    const before = await hashOf(database)
    await ledger.close()
    ledger = projectInto(database, written.kafka)
    await untilProjected(database, written.kafka)
    expect(await hashOf(database)).toEqual(before)
  })

  test('a rebuild gives the same ledger', async () => {
    const before = await hashOf(database)
    const { incarnation } = await database.db.selectFrom('ledger_state').selectAll().executeTakeFirstOrThrow()
    await ledger.rebuild()
    await untilProjected(database, written.kafka)
    expect(await hashOf(database)).toEqual(before)
    const state = await database.db.selectFrom('ledger_state').selectAll().executeTakeFirstOrThrow()
    expect(state).toMatchObject({ rebuild_total: 0 })
    expect(state.incarnation).not.toBe(incarnation)
  })
})
