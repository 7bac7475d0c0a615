import { runId } from '@millrace/domain'
import type { Kafka, Running } from '@millrace/kafka'
import { type EventReplay, type Topic, topics } from '@millrace/schemas'
import { fixture, waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { plainTexts } from '../../src/db/resting.ts'
import { startJobs } from '../../src/replay/run-jobs.ts'
import { inTenant } from '../support/console.ts'
import { databaseKinds } from '../support/databases.ts'
import { begin, endAll, type Here } from './asked-console.ts'
import { forgetPayloads, storeEndpoint, storeEvents } from './stored-events.ts'

afterAll(endAll)

const toExtract = { kind: 'group', name: 'knowledge-extract' }
const ids = (replays: readonly Pick<EventReplay, 'event_id'>[]) => replays.map(({ event_id }) => event_id).toSorted()

describe.each(databaseKinds)('on %s', (kind) => {
  let here: Here
  beforeAll(async () => {
    here = await begin(kind)
  })

  test('a dry run counts exactly and writes nothing; the replay then writes just these, and says how far it is', async () => {
    const { db } = here.made.deps
    const since = 1_600_000_000_000
    const events = Array.from({ length: 30 }, (_, nth) => ({ event_id: `evt_d${nth}`, received_at: since + nth }))
    await storeEvents(db, events, '{"kept":"whole ✓"}')
    await forgetPayloads(db, ['evt_d3'])
    const asked = { target: toExtract, selection: { since: since + 2, until: since + 12 }, rate: 1_000 }
    const plan = await here.post('/replays', { ...asked, dry_run: true })
    expect(plan).toMatchObject({ statusCode: 200, body: { count: 9, unavailable: 1, unfit: 0, needs_approval: false } })
    expect((await here.get('/replays')).items).toEqual([])

    const { statusCode, body } = await here.post('/replays', { ...asked, reason: 'they were lost' })
    expect(statusCode).toBe(201)
    expect(await here.ended(body.replay_id)).toMatchObject({ total: 9, done: 9, error: null, reason: 'they were lost' })
    const replays = await here.replays(body.replay_id)
    expect(ids(replays)).toEqual([2, 4, 5, 6, 7, 8, 9, 10, 11].map((nth) => `evt_d${nth}`).toSorted())
    for (const replay of replays) {
      expect(replay).toMatchObject({
        target_kind: 'group',
        target: 'knowledge-extract',
        keeps_ids: true,
        reply_to: null,
      })
      expect(replay.run_id).toBe(runId(String(body.replay_id), replay))
      expect(replay.payload.toString()).toBe('{"kept":"whole ✓"}')
    }
  })

  test('one event, a type and a conversation can be chosen; of a target that has no use for some, those are counted apart', async () => {
    const { db } = here.made.deps
    await storeEvents(db, [
      { event_id: 'evt_c1', conversation_id: 'cnv_chosen', event_type: 'message.received' },
      { event_id: 'evt_c2', conversation_id: 'cnv_chosen', event_type: 'comment.added' },
      { event_id: 'evt_c3', conversation_id: null, provider: 'make', event_type: 'task.received', source: 'make-c' },
    ])
    const count = async (selection: object, target: object = toExtract) =>
      (await here.post('/replays', { target, selection, dry_run: true })).body
    expect(await count({ event_ids: ['evt_c1'] })).toMatchObject({ count: 1 })
    expect(await count({ conversation: 'cnv_chosen' })).toMatchObject({ count: 2 })
    expect(await count({ conversation: 'cnv_chosen', type: 'message.*' })).toMatchObject({ count: 1 })
    expect(await count({ q: 'evt_c2' })).toMatchObject({ count: 1 })
    expect(await count({ event_ids: ['evt_c1'], type: 'nothing.*' })).toMatchObject({ count: 0 })
    const toSnapshot = { kind: 'group', name: 'conversation-snapshot' }
    expect(await count({ event_ids: ['evt_c1', 'evt_c3'] }, toSnapshot)).toMatchObject({ count: 1, unfit: 1 })
  })

  test('an event that is not there is told by its place, and nothing is made', async () => {
    await storeEvents(here.made.deps.db, [{ event_id: 'evt_there' }])
    const before = (await here.get('/replays')).items
    const selection = { event_ids: ['evt_there', 'evt_nope'] }
    for (const dry_run of [true, false])
      expect(await here.post('/replays', { target: toExtract, selection, dry_run })).toMatchObject({
        statusCode: 404,
        body: { code: 'MR_CONSOLE_NOT_FOUND', errors: [{ pointer: '/selection/event_ids/1' }] },
      })
    expect((await here.get('/replays')).items).toEqual(before)
  })

  test('to an endpoint go the events that its filter takes, half as fast as it may have deliveries', async () => {
    const { db } = here.made.deps
    const payload = fixture('front/app-webhook.inbound_received.json').toString()
    await storeEndpoint(db, 'ep_messages', { event_types: ['message.received'], max_per_minute: 60_000 })
    await storeEndpoint(db, 'ep_slow', { event_types: ['*'], max_per_minute: 60 })
    await storeEndpoint(db, 'ep_off', { is_enabled: false })
    await storeEvents(db, [{ event_id: 'evt_e1' }, { event_id: 'evt_e2', event_type: 'comment.added' }], payload)
    const selection = { event_ids: ['evt_e1', 'evt_e2'] }
    const to = (name: string) => here.post('/replays', { target: { kind: 'endpoint', name }, selection, dry_run: true })
    expect((await to('ep_messages')).body).toMatchObject({ count: 1, unfit: 1, rate: 50 })
    expect((await to('ep_slow')).body).toMatchObject({ count: 2, rate: 0.5 })
    expect(await to('ep_off')).toMatchObject({ statusCode: 409 })
    expect(await to('ep_none')).toMatchObject({ statusCode: 400, body: { errors: [{ pointer: '/target/name' }] } })
    const target = { kind: 'endpoint', name: 'ep_messages' }
    const { body } = await here.post('/replays', { target, selection, keeps_ids: false })
    await here.ended(body.replay_id)
    expect(await here.replays(body.replay_id)).toMatchObject([
      { event_id: 'evt_e1', target_kind: 'endpoint', target: 'ep_messages', keeps_ids: false },
    ])
  })

  test('a replay of over 1,000 events waits for a second person, and then writes what was counted', async () => {
    const { db } = here.made.deps
    const since = 1_500_000_000_000
    const events = Array.from({ length: 1_001 }, (_, nth) => ({ event_id: `evt_m${nth}`, received_at: since + nth }))
    await storeEvents(db, events)
    const asked = { target: toExtract, selection: { since, until: since + 5_000 }, rate: 1_000 }
    expect((await here.post('/replays', { ...asked, dry_run: true })).body).toMatchObject({
      count: 1_001,
      needs_approval: true,
    })
    expect(await here.post('/replays', asked)).toMatchObject({
      statusCode: 400,
      body: { errors: [{ pointer: '/reason' }] },
    })
    const { statusCode, body } = await here.post('/replays', { ...asked, reason: 'a bug of ours' })
    expect([statusCode, body.state]).toEqual([202, 'waiting-for-approval'])
    // What comes later is no part of what is approved.
    await storeEvents(db, [{ event_id: 'evt_late', received_at: since + 1 }])
    expect(await here.replays(body.replay_id)).toEqual([])

    const { headers } = await here.made.logIn(inTenant('default', 'approver'))
    const approvals = '/api/v1/tenants/default/approvals'
    const { params_sha256 } = (await here.made.app.inject({ url: `${approvals}/${body.approval_id}`, headers })).json()
    const answer = await here.made.app.inject({
      method: 'POST',
      url: `${approvals}/${body.approval_id}/approve`,
      headers,
      payload: { params_sha256 },
    })
    expect(answer.json()).toMatchObject({ status: 'done' })
    expect(await here.ended(body.replay_id)).toMatchObject({ total: 1_001, done: 1_001 })
    const replays = await here.replays(body.replay_id)
    expect(new Set(ids(replays)).size).toBe(1_001)
    expect(ids(replays)).not.toContain('evt_late')
  })
})

/** Takes what a group of this name has to take. */
async function reader(kafka: Kafka, group: string): Promise<Running> {
  const sources = [topics.events, topics.replays] as unknown as readonly Topic<unknown>[]
  const running = kafka.consume({ group, topics: sources, ordering: 'none', handle: async () => {} })
  await running.joined
  return running
}

describe('with a Kafka of its own', () => {
  let here: Here
  beforeAll(async () => {
    here = await begin('postgres')
    const events = Array.from({ length: 200 }, (_, nth) => ({
      event_id: `evt_${nth}`,
      conversation_id: `cnv_${nth % 5}`,
    }))
    await storeEvents(here.made.deps.db, events)
  })

  const all = { target: toExtract, selection: { type: 'message.received' } }

  test('the rate holds, and a replay that is cancelled writes no more', async () => {
    const began = Date.now()
    const { body } = await here.post('/replays', { ...all, rate: 20 })
    const some = () => here.get(`/replays/${body.replay_id}`).then(({ done }) => Number(done) >= 20)
    await waitFor(some, { what: 'some of it' })
    const took = Date.now() - began
    const cancelled = await here.post(`/replays/${body.replay_id}/cancel`)
    const seconds = Math.ceil((Date.now() - began) / 1_000)
    expect(cancelled).toMatchObject({ statusCode: 200, body: { state: 'cancelled' } })
    expect(await here.post(`/replays/${body.replay_id}/cancel`)).toMatchObject({ statusCode: 409 })
    // Twenty a second: the first step goes out at once.
    expect(took).toBeGreaterThan(500)
    const next = await here.post('/replays', { ...all, selection: { event_ids: ['evt_0'] } })
    await here.ended(next.body.replay_id)
    const written = (await here.replays(body.replay_id)).length
    expect(written).toBeGreaterThanOrEqual(20)
    expect(written).toBeLessThanOrEqual(20 * (seconds + 2))
    expect(written).toBeLessThan(200)
    expect((await here.replays(next.body.replay_id)).length).toBe(1)
  })

  test('a replay gives way to live work, says so, and goes on when that is done', async () => {
    const group = 'conversation-snapshot'
    await (await reader(here.kafka, group)).close()
    const [sample] = await here.replays((await firstDone()).replay_id)
    if (sample === undefined) throw new Error('no replay to take an event of')
    const { replay_id: _, run_id: _run, target_kind: _k, target: _t, keeps_ids: _i, ...rest } = sample
    const { requested_by: _b, replayed_at: _a, ...event } = rest
    const sends = Array.from({ length: 600 }, (_, nth) => here.kafka.send(topics.events, `default/${nth}`, event))
    await Promise.all(sends)
    const { body } = await here.post('/replays', { ...all, target: { kind: 'group', name: group }, rate: 1_000 })
    const waits = async () => String((await here.get(`/replays/${body.replay_id}`)).waits_for).includes('live events')
    await waitFor(waits, { what: 'it to give way' })
    expect(await here.replays(body.replay_id)).toEqual([])
    const live = await reader(here.kafka, group)
    onTestFinished(() => live.close())
    expect(await here.ended(body.replay_id)).toMatchObject({ done: 200, waits_for: null })
    expect(await here.replays(body.replay_id)).toHaveLength(200)
  })

  async function firstDone(): Promise<Record<string, unknown>> {
    const { items } = (await here.get('/replays?state=done')) as { items: Record<string, unknown>[] }
    return items.find(({ total }) => total !== 0) ?? {}
  }

  test('a replay whose process stops, even with records written and not noted, goes on elsewhere without doubling', async () => {
    const { db, audit, approvals, log } = here.made.deps
    const group = 'conversation-snapshot'
    const live = await reader(here.kafka, group)
    onTestFinished(() => live.close())
    const { body } = await here.post('/replays', { ...all, target: { kind: 'group', name: group }, rate: 20 })
    const id = String(body.replay_id)
    const some = () => here.get(`/replays/${id}`).then(({ done }) => Number(done) >= 20)
    await waitFor(some, { what: 'some of it' })
    await here.made.deps.jobs.close()
    // As if the process had died after the last records were written and before it noted them.
    const { done } = await here.get(`/replays/${id}`)
    const written = await here.replays(id)
    const at = Number(done) - 10
    const positions = { '0': 0, '1': 0 }
    await db
      .updateTable('replay_jobs')
      .set({ done: at, checkpoint: JSON.stringify(positions) as never, leased_until: 0 })
      .where('id', '=', id)
      .execute()
    expect(written.length).toBeGreaterThan(at)
    const other = startJobs(
      { db, kafka: here.kafka, log, audit, approvals, resting: plainTexts },
      { runErasure: async () => null, tidy: async () => {} },
    )
    onTestFinished(() => other.close())
    expect(await here.ended(id)).toMatchObject({ total: 200, done: 200 })
    const replays = await here.replays(id)
    expect(replays).toHaveLength(200)
    expect(new Set(replays.map(({ run_id }) => run_id)).size).toBe(200)
  })
})
