import { waitFor } from '@millrace/test-support'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshId, frontEvent, listEvents } from './support/front-events.ts'
import { createInstallation, type Installation, type PollerSettings, SOURCE } from './support/installation.ts'

let here: Installation

beforeEach(async () => {
  here = await createInstallation()
})

afterEach(() => here.close())

/** An account that is met for the first time is read from then on: what happens before there is a position is not to be read. */
async function begin(settings: Partial<PollerSettings> = {}) {
  await here.setMode('polling')
  const started = await here.start(settings)
  await waitFor(() => here.position(), { what: 'a position' })
  return started
}

const allReceived = (ids: readonly string[]) =>
  waitFor(() => ids.every((id) => new Set(here.receivedIds()).has(id)), {
    what: 'all events to be received',
  })

/** Without repeats: what two readings of a list store at the same time, on a machine that stalls, is dedup's to drop. */
const stored = () => [...new Set(here.receivedIds())].toSorted()

test('what Front lists is stored as it was sent, with origin poll', async () => {
  await begin()
  const ids = listEvents(here.front, 100, Date.now())
  await allReceived(ids)
  const late = frontEvent(Date.now(), freshId('cnv'))
  here.front.world.addEvent(late)
  await allReceived([late.id])
  expect(stored()).toEqual([...ids, late.id].toSorted())
  expect(here.received.at(-1)).toMatchObject({ origin: 'poll', scheme: 'api', source: SOURCE, provider: 'front' })
})

test('an event that is listed late, among those that were read already, is found', async () => {
  await begin({ overlapMs: 200, lateMs: 30_000 })
  await allReceived(listEvents(here.front, 20, Date.now()))
  const late = frontEvent(Date.now() - 3_000, freshId('cnv'))
  here.front.world.addEvent(late)
  await allReceived([late.id])
})

test('events of one millisecond, more than a page holds, are all found', async () => {
  await begin()
  const at = Date.now()
  const ids = Array.from({ length: 60 }, () => {
    const event = frontEvent(at, freshId('cnv'))
    here.front.world.addEvent(event)
    return event.id
  })
  await allReceived(ids)
})

test('an outage of Front delays events and loses none', async () => {
  await begin()
  await allReceived(listEvents(here.front, 5, Date.now()))
  here.front.fail({ path: '/events', status: 503, count: 2 })
  const ids = listEvents(here.front, 50, Date.now())
  await allReceived(ids)
  expect(stored()).toHaveLength(55)
})

test('a poller that was away goes on from where it was', async () => {
  const first = await begin()
  await allReceived(listEvents(here.front, 5, Date.now()))
  await first.close()
  const missed = listEvents(here.front, 40, Date.now())
  await here.start()
  await allReceived(missed)
})

test('a source that is not polled has what an outage of ours missed read once the poller is back', async () => {
  const now = Date.now()
  const missed = listEvents(here.front, 60, now - 1_000)
  await here.savePosition({ events_until: now - 60_000, compared_until: now, read_at: now - 60_000 })
  await here.start({ sharePercent: 1 })
  await allReceived(missed)
})

test('an account that is met for the first time is read from now on, and its position is stored at once', async () => {
  const before = listEvents(here.front, 20, Date.now() - 60_000)
  await begin()
  const ids = listEvents(here.front, 1, Date.now())
  await allReceived(ids)
  expect(here.receivedIds().filter((id) => before.includes(id))).toEqual([])
})

test('a mode that changes is followed within seconds', async () => {
  await here.start({ reconcileMs: 600_000 })
  await waitFor(() => here.position(), { what: 'a position' })
  const [id = ''] = listEvents(here.front, 1, Date.now())
  expect(here.front.calls('/events')).toEqual([])
  await here.setMode('parallel')
  await allReceived([id])
})
