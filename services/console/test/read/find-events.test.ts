import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/connect.ts'
import { findEvents } from '../../src/read/find-events.ts'
import { readEvent, readPayload } from '../../src/read/read-event.ts'
import { eventsSearch } from '../../src/read/schemas/index.ts'
import { conditionOf, countEvents } from '../../src/replay/select-events.ts'
import { databaseKinds, openTestDatabase } from '../support/databases.ts'
import { addDelivery, addEvent, addHops, DAY, T0 } from './support/seed.ts'

describe.each(databaseKinds)('events in %s', (kind) => {
  let database: Database
  beforeAll(async () => {
    database = await openTestDatabase(kind)
    const { db } = database
    for (let place = 0; place < 12; place++) {
      await addEvent(db, {
        event_id: `evt_${String(place).padStart(2, '0')}`,
        received_at: T0 + Math.floor(place / 2) * 1_000,
        event_type: place % 3 === 0 ? 'comment.added' : place % 3 === 1 ? 'message.sent' : 'message.received',
        conversation_id: place < 6 ? 'cnv_1' : 'cnv_2',
        client_id: place === 11 ? 'client-9' : null,
        status: place === 4 ? 'failed' : place === 5 ? 'pending' : 'processed',
        payload: `{"text":"Invoice ${place}, 50% of ${place % 2 === 0 ? 'café' : 'caf\\u00e9'}"}`,
      })
    }
    await addEvent(db, {
      event_id: 'evt_old',
      received_at: T0 - 3 * DAY,
      source: 'other',
      payload: '{"text":"ancient invoice"}',
    })
    await addEvent(db, { event_id: 'evt_bytes', received_at: T0 - 4 * DAY, payload: Buffer.from([0xff, 0xfe, 0x00]) })
    await addEvent(db, {
      event_id: 'evt_00',
      tenant: 'other',
      conversation_id: 'cnv_1',
      payload: '{"text":"invoice of another"}',
    })
    await addHops(db, { event_id: 'evt_00', snapshot_at: T0 + 400, delivered_at: T0 + 300 })
  })
  afterAll(() => database.close())

  const ids = async (query: object, tenant = 'default') =>
    (await findEvents(database.db, tenant, eventsSearch.parse(query))).items.map(({ event_id }) => event_id)

  test('they come newest first, and page after page holds each once', async () => {
    const all = await ids({})
    expect(all).toEqual([...all].sort((a, b) => order(b) - order(a)))
    const pages: string[][] = []
    let cursor: string | undefined
    do {
      const page = await findEvents(database.db, 'default', eventsSearch.parse({ limit: 5, cursor }))
      pages.push(page.items.map(({ event_id }) => event_id))
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
    expect(pages.map(({ length }) => length)).toEqual([5, 5, 4])
    expect(pages.flat()).toEqual(all)
  })
  const order = (id: string) => (id.startsWith('evt_o') ? -1 : id === 'evt_bytes' ? -2 : Number(id.slice(4)))

  test('the id of a delivery, which a receiver got as webhook-id, finds its event, also by a text and in a replay', async () => {
    const { db } = database
    await addDelivery(db, { delivery_id: 'msg_quoted', event_id: 'evt_03' })
    await addDelivery(db, { delivery_id: 'msg_quoted', run_id: 'run_1', event_id: 'evt_03' })
    await addDelivery(db, { tenant: 'other', delivery_id: 'msg_foreign', event_id: 'evt_00' })
    expect(await ids({ q: 'msg_quoted' })).toEqual(['evt_03'])
    expect(await ids({ q: 'msg_quoted', type: 'message.sent' })).toEqual([])
    expect(await ids({ q: 'msg_quoted', text: 'invoice 3' })).toEqual(['evt_03'])
    expect(await ids({ q: 'msg_foreign' })).toEqual([])
    const condition = await conditionOf(db, 'default', { q: 'msg_quoted', until: T0 + DAY })
    expect(await countEvents(db, condition, (eb) => eb.lit(true))).toMatchObject({ unfit: 0, unavailable: 0, count: 1 })
  })

  test('another tenant’s events are not among them', async () => {
    expect(await ids({}, 'other')).toEqual(['evt_00'])
    await expect(readEvent(database.db, 'other', 'evt_01')).rejects.toMatchObject({ code: 'MR_CONSOLE_NOT_FOUND' })
  })

  test.each([
    [{ q: 'evt_03' }, ['evt_03']],
    [{ q: 'wh-evt_03' }, ['evt_03']],
    [{ q: 'client-9' }, ['evt_11']],
    [{ q: 'nothing' }, []],
    [{ q: 'cnv_1', type: 'comment.added' }, ['evt_03', 'evt_00']],
    [{ conversation: 'cnv_1', type: 'message.*' }, ['evt_05', 'evt_04', 'evt_02', 'evt_01']],
    [{ type: 'comment.*,nosuch.*' }, ['evt_09', 'evt_06', 'evt_03', 'evt_00']],
    [{ type: 'nosuch.*' }, []],
    [{ status: 'failed' }, ['evt_04']],
    [{ status: 'pending' }, ['evt_05']],
    [{ source: 'other' }, ['evt_old']],
    [{ since: T0 + 4_000, until: T0 + 5_000 }, ['evt_09', 'evt_08']],
  ])('a filter finds what fits all of it: %j', async (query, expected) => {
    expect(await ids(query)).toEqual(expected)
  })

  test('several types are merged in order, over the ends of pages too', async () => {
    const first = await findEvents(database.db, 'default', eventsSearch.parse({ type: 'message.*', limit: 3 }))
    const rest = await ids({ type: 'message.*', limit: 50, cursor: first.next_cursor })
    const both = [...first.items.map(({ event_id }) => event_id), ...rest]
    expect(both).toEqual(await ids({ type: 'message.*' }))
    expect(both).toHaveLength(10)
  })

  test.each([
    ['INVOICE 7', ['evt_07']],
    ['50% of', 12],
    ['café', 12],
    ['_nvoice', []],
    ['ancient', ['evt_old']],
    ['another', []],
  ] as const)('a text is found in payloads of the tenant, however JSON writes it: %s', async (text, expected) => {
    const found = await ids({ text })
    if (typeof expected === 'number') expect(found).toHaveLength(expected)
    else expect(found).toEqual(expected)
  })

  test('a text search goes on where its page ended, with every other filter', async () => {
    const found: string[] = []
    let cursor: string | undefined
    do {
      const page = await findEvents(
        database.db,
        'default',
        eventsSearch.parse({ text: 'invoice', limit: 5, cursor, since: T0 }),
      )
      found.push(...page.items.map(({ event_id }) => event_id))
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
    expect(found).toEqual(await ids({ since: T0 }))
    expect(await ids({ text: 'invoice', conversation: 'cnv_1', limit: 2 })).toEqual(['evt_05', 'evt_04'])
    expect(await ids({ text: 'invoice', status: 'failed' })).toEqual(['evt_04'])
    expect(await ids({ text: 'invoice', q: 'cnv_1', type: 'comment.added' })).toEqual(['evt_03', 'evt_00'])
  })

  test('a cursor of something else is refused by its field', async () => {
    await expect(ids({ cursor: 'bm9wZQ' })).rejects.toMatchObject({
      code: 'MR_CONSOLE_INVALID',
      problems: [{ pointer: 'query/cursor' }],
    })
  })

  test('one event tells its hops and where its records are', async () => {
    const event = await readEvent(database.db, 'default', 'evt_00')
    expect(event.hops).toEqual({
      received: T0,
      deduped: T0 + 20,
      snapshot: T0 + 400,
      graph: null,
      first_attempt: null,
      delivered: T0 + 300,
    })
    expect(event).toMatchObject({
      event_position: 'webhooks.events.v1-0-0',
      payload_bytes: expect.any(Number),
      runs: [],
    })
  })

  test('a payload comes as it was sent, cut between characters, bytes that are no text in base64', async () => {
    const whole = await readPayload(database.db, 'default', 'evt_00', 10_000)
    expect(whole).toMatchObject({ encoding: 'utf8', is_truncated: false, body: '{"text":"Invoice 0, 50% of café"}' })
    const cut = await readPayload(database.db, 'default', 'evt_00', Buffer.byteLength(whole.body) - 3)
    expect(cut).toMatchObject({ is_truncated: true, body: whole.body.slice(0, -3), bytes: whole.bytes })
    const bytes = await readPayload(database.db, 'default', 'evt_bytes', 10_000)
    expect(bytes).toMatchObject({ encoding: 'base64', body: '//4A' })
  })
})
