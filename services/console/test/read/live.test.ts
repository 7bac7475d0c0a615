import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { inTenant, startTestConsole, type TestConsole } from '../support/console.ts'
import { readStream, type StreamReader } from './support/read-stream.ts'
import { addChanges, addDelivery, addEvent, addNode, beginLedger, T0 } from './support/seed.ts'

let running: TestConsole
let base: string
let token: Record<string, string>
const readers: StreamReader[] = []
const answers: ServerResponse[] = []
beforeAll(async () => {
  running = await startTestConsole()
  // Of an hour hence: nothing projects here, and no test is to see it grow stale.
  await beginLedger(running.deps.db, 'one', Date.now() + 3_600_000)
  running.app.server.on('request', (_, answer) => void answers.push(answer))
  await running.app.listen({ host: '127.0.0.1', port: 0 })
  base = `http://127.0.0.1:${(running.app.server.address() as AddressInfo).port}/api/v1/tenants/default/live`
  token = { authorization: `Bearer ${running.adminToken}` }
})
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close()
})
afterAll(() => running.close())

async function listen(query = '', headers: Record<string, string> = {}): Promise<StreamReader> {
  const reader = await readStream(`${base}${query}`, { ...token, ...headers })
  readers.push(reader)
  // From then on nothing is missed.
  await reader.until(1, ({ event }) => event === 'ledger')
  return reader
}

let made = 0
async function happen(row: Partial<Parameters<typeof addEvent>[1]> = {}, tenant = 'default'): Promise<string> {
  const event_id = `evt_live_${made++}`
  await addEvent(running.deps.db, { received_at: T0 + made, ...row, event_id, tenant })
  await addChanges(running.deps.db, [{ tenant, kind: 'event', id: event_id }])
  return event_id
}

const eventsOf = (reader: StreamReader) =>
  reader.messages.filter(({ event }) => event === 'event').map(({ data }) => data.event_id)

test('what happens comes as it is in lists, of this tenant alone, after the state of the ledger', async () => {
  const reader = await listen()
  await happen({}, 'other')
  const id = await happen({ conversation_id: 'cnv_1' })
  const [message] = await reader.until(1, ({ event }) => event === 'event')
  expect(message?.data).toMatchObject({
    event_id: id,
    type: 'message.received',
    conversation_id: 'cnv_1',
    status: 'processed',
  })
  expect(reader.messages[0]).toMatchObject({ event: 'ledger', data: { state: 'live', stale_since: null } })
  expect(eventsOf(reader)).toEqual([id])
})

test('a reader that comes again goes on after the last message that it has, with nothing twice', async () => {
  const reader = await listen()
  const first = await happen()
  const [last] = await reader.until(1, ({ data }) => data.event_id === first)
  reader.close()
  const missed = [await happen(), await happen(), await happen()]
  const again = await listen('', { 'last-event-id': last?.id ?? '' })
  await again.until(3, ({ event }) => event === 'event')
  const next = await happen()
  await again.until(1, ({ data }) => data.event_id === next)
  expect(eventsOf(again)).toEqual([...missed, next])
  const byQuery = await listen(`?last_event_id=${last?.id}`)
  await byQuery.until(4, ({ event }) => event === 'event')
  expect(eventsOf(byQuery)).toEqual([...missed, next])
})

test('a reader whose place is of a ledger that was emptied since is told so, and goes on from now', async () => {
  const reader = await listen('', { 'last-event-id': 'another.3' })
  const [gap] = await reader.until(1, ({ event }) => event === 'gap')
  expect(gap?.data).toMatchObject({ reason: 'rebuilt' })
  const id = await happen()
  await reader.until(1, ({ data }) => data.event_id === id)
})

test.each([
  ['no id of ours', () => 'evt_somewhere'],
  ['an id of ours that is not given out yet', (last: string) => last.replace(/\d+$/, '9999999')],
])('a reader whose place is unknown is told so, and goes on from now: %s', async (_, made) => {
  const first = await listen()
  const known = await happen()
  const [message] = await first.until(1, ({ data }) => data.event_id === known)
  const place = made(message?.id ?? '')
  for (const [query, headers] of [
    ['', { 'last-event-id': place }],
    [`?last_event_id=${place}`, {}],
  ] as const) {
    const reader = await listen(query, headers)
    const [gap] = await reader.until(1, ({ event }) => event === 'gap')
    expect(gap?.data).toMatchObject({ reason: 'unknown', at: expect.any(Number) })
    const id = await happen()
    await reader.until(1, ({ data }) => data.event_id === id)
    expect(eventsOf(reader)).toEqual([id])
    // Whoever comes again with what it got then misses nothing and is told of no gap.
    const again = await listen('', { 'last-event-id': gap?.id ?? '' })
    await again.until(1, ({ data }) => data.event_id === id)
    expect(again.messages.filter(({ event }) => event === 'gap')).toEqual([])
  }
})

test('a reader whose place is older than what is kept is told so', async () => {
  const { db } = running.deps
  const reader = await listen()
  const known = await happen()
  const [message] = await reader.until(1, ({ data }) => data.event_id === known)
  await happen()
  await happen()
  await db.deleteFrom('ledger_changes').execute()
  const id = await happen()
  const again = await listen('', { 'last-event-id': message?.id ?? '' })
  const [gap] = await again.until(1, ({ event }) => event === 'gap')
  expect(gap?.data).toMatchObject({ reason: 'too-old' })
  expect(eventsOf(again)).not.toContain(id)
  const next = await happen()
  await again.until(1, ({ data }) => data.event_id === next)
})

test('a reader that is further behind than is sent again is told so, and one that begins is told of no gap', async () => {
  const reader = await listen()
  const known = await happen()
  const [message] = await reader.until(1, ({ data }) => data.event_id === known)
  await addChanges(
    running.deps.db,
    Array.from({ length: 5_001 }, () => ({ tenant: 'default', kind: 'event' as const, id: known })),
  )
  const again = await listen('', { 'last-event-id': message?.id ?? '' })
  const [gap] = await again.until(1, ({ event }) => event === 'gap')
  expect(gap?.data).toMatchObject({ reason: 'too-old' })
  const begins = await listen()
  const id = await happen()
  await begins.until(1, ({ data }) => data.event_id === id)
  expect(begins.messages.filter(({ event }) => event === 'gap')).toEqual([])
})

test('filters choose by type, source, status and conversation', async () => {
  const reader = await listen('?type=comment.*,task.received&source=front&conversation=cnv_f')
  await happen({ event_type: 'comment.added', conversation_id: 'cnv_other' })
  await happen({ event_type: 'message.sent', conversation_id: 'cnv_f' })
  await happen({ event_type: 'comment.added', conversation_id: 'cnv_f', source: 'make' })
  const fits = await happen({ event_type: 'comment.added', conversation_id: 'cnv_f' })
  await reader.until(1, ({ event }) => event === 'event')
  expect(eventsOf(reader)).toEqual([fits])
})

test('deliveries, nodes and notices come where they are asked for, each under its name', async () => {
  const { db } = running.deps
  const reader = await listen('?kinds=delivery,node,resource-updated')
  await happen()
  await addDelivery(db, { delivery_id: 'msg_live', event_id: 'evt_x' })
  await addNode(db, { id: 'task:a:live' })
  const notice = {
    tenant: 'default',
    at: T0,
    severity: 'info',
    writer: 'handlers',
    subject: 'graph://task',
    text: 'x',
    details: '{}',
  }
  for (const kind of ['resource-updated', 'rolled-back'])
    await db
      .insertInto('notices')
      .values({ ...notice, notice_id: kind, kind })
      .execute()
  await addChanges(db, [
    { tenant: 'default', kind: 'delivery', id: 'msg_live' },
    { tenant: 'default', kind: 'node', id: 'task:a:live' },
    { tenant: 'default', kind: 'node', id: 'task:a:removed' },
    { tenant: 'default', kind: 'notice', id: 'rolled-back' },
    { tenant: 'default', kind: 'notice', id: 'resource-updated' },
  ])
  await reader.until(1, ({ event }) => event === 'resource-updated')
  const shown = reader.messages.filter(({ event }) => event !== 'ledger')
  expect(shown.map(({ event, data }) => [event, data.delivery_id ?? data.node_id ?? data.notice_id])).toEqual([
    ['delivery', 'msg_live'],
    ['node', 'task:a:live'],
    ['node', 'task:a:removed'],
    ['resource-updated', 'resource-updated'],
  ])
  expect(shown[2]?.data).toMatchObject({ is_gone: true })
})

test('a change comes again with what is so then', async () => {
  const reader = await listen()
  const id = await happen({ status: 'pending' })
  await reader.until(1, ({ data }) => data.event_id === id)
  await running.deps.db.updateTable('webhook_events').set({ status: 'failed' }).where('event_id', '=', id).execute()
  await addChanges(running.deps.db, [{ tenant: 'default', kind: 'event', id }])
  const both = await reader.until(2, ({ data }) => data.event_id === id)
  expect(both.map(({ data }) => data.status)).toEqual(['pending', 'failed'])
})

test('whoever has no right in the tenant gets 404, a kind that there is not 400', async () => {
  const { headers } = await running.logIn(inTenant('other', 'admin'))
  await expect(readStream(base, headers)).rejects.toThrow('status 404')
  await expect(readStream(`${base}?kinds=secrets`, token)).rejects.toThrow('status 400')
})

test('the headers of a stream alone are not to be had: nobody would learn that they are all', async () => {
  const { statusCode, headers } = await running.app.inject({
    method: 'HEAD',
    url: new URL(base).pathname,
    headers: token,
  })
  expect([statusCode, headers.allow]).toEqual([405, 'GET'])
})

test('a reader that hangs holds no memory, delays nobody, and reads on where it was', async () => {
  const slow = await listen()
  slow.pause()
  const brisk = await listen()
  const text = 'x'.repeat(100_000)
  const ids: string[] = []
  for (let place = 0; place < 300; place++) ids.push(await happen({ error_message: text }))
  await brisk.until(ids.length, ({ event }) => event === 'event')
  // Some 30 MB went to the one. Of the other's, its connection took what it takes; the rest waits in the ledger, not here.
  expect(eventsOf(slow).length).toBeLessThan(ids.length)
  const most = Math.max(...answers.map(({ writableLength }) => writableLength))
  expect(most).toBeGreaterThan(262_144)
  expect(most).toBeLessThan(500_000)
  slow.resume()
  await slow.until(ids.length, ({ event }) => event === 'event')
  expect(eventsOf(slow)).toEqual(ids)
})

test('closing the console ends the streams', async () => {
  const reader = await listen()
  running.deps.reading.live.close()
  await reader.ended
})
