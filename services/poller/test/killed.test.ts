import { randomBytes } from 'node:crypto'
import { polledEvent, topicKey } from '@millrace/domain'
import { topics } from '@millrace/schemas'
import { waitFor } from '@millrace/test-support'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshId, frontEvent, listEvents } from './support/front-events.ts'
import { ACCOUNT, createInstallation, type Installation, SOURCE, TENANT } from './support/installation.ts'

/** Longer than a process on a busy machine may stand still. */
const LEASE_MS = 6_000
let here: Installation

beforeEach(async () => {
  here = await createInstallation()
  await here.setMode('parallel')
})

afterEach(() => here.close())

/** The webhook's copy of an event, as the gateway would store it. */
async function sendWebhook(event: ReturnType<typeof frontEvent>): Promise<void> {
  const body = { type: 'conversation_archived', authorization: { id: 'cmp_1' }, payload: event }
  const owner = { tenant: TENANT, account: ACCOUNT, source: SOURCE }
  const { key, value } = polledEvent(owner, Buffer.from(JSON.stringify(body)), body, Date.now())
  await here.kafka.send(topics.received, key, { ...value, origin: 'webhook', scheme: 'app' })
}

async function sendWebhooks(events: readonly ReturnType<typeof frontEvent>[]): Promise<void> {
  for (const event of events) await sendWebhook(event)
}

test('killed in the middle of a read, and again in the next one, with webhooks beside it, each event comes out once', {
  timeout: 120_000,
}, async () => {
  const now = Date.now()
  const conversations = Array.from({ length: 20 }, () => freshId('cnv'))
  const events = Array.from({ length: 90 }, (_, index) =>
    frontEvent(now - 60_000 + index * 600, conversations[index % 20] ?? '', `evt_${randomBytes(6).toString('hex')}`),
  )
  for (const event of events) here.front.world.addEvent(event)
  await here.savePosition({ events_until: now - 60_001, compared_until: now, read_at: now })
  await here.run('dedup')
  const poller = await here.run('poller')
  const sending = sendWebhooks(events.filter((_, index) => index % 3 === 0))
  for (const share of [0.2, 0.6]) {
    const polled = () => here.received.filter(({ origin }) => origin === 'poll').length
    await waitFor(() => polled() > share * events.length, {
      what: `${share} of the events`,
      everyMs: 2,
    })
    await poller.kill()
    await poller.start()
  }
  await sending
  const [last = ''] = listEvents(here.front, 1, Date.now())
  const ids = () => here.events.map(({ event_id }) => event_id)
  await waitFor(() => ids().includes(last) && ids().length >= events.length + 1, {
    what: 'all events',
  })
  expect(ids().toSorted()).toEqual([...events.map(({ id }) => id), last].toSorted())
})

test('of two replicas one polls the account, and when it is killed the other takes over within seconds', async () => {
  const env = { POLLER_LEASE_MS: String(LEASE_MS) }
  const first = await here.run('poller', env)
  const arrived = (id: string) => waitFor(() => here.receivedIds().includes(id), { what: id })
  await waitFor(() => here.position(), { what: 'a position' })
  const [before = ''] = listEvents(here.front, 1, Date.now())
  await arrived(before)
  const second = await here.run('poller', env)
  const polling = (service: typeof first) => service.log.some((line) => line.includes('polling the account'))
  expect([polling(first), polling(second)]).toEqual([true, false])

  await first.kill()
  // Free when the killed one's time is over, not when Kafka has noticed: no machine is too slow for that.
  expect(await here.redis.pttl(`poller:lease:${topicKey(TENANT, ACCOUNT)}`)).toBeLessThanOrEqual(LEASE_MS)
  const [after = ''] = listEvents(here.front, 1, Date.now())
  await arrived(after)
  await waitFor(() => polling(second), { what: 'the other one to say that it polls' })
})

test('without an API token nothing is polled, that is said, and the service is ready', async () => {
  const poller = await here.run('poller', {
    MILLRACE_SOURCES: '',
    FRONT_API_BASE_URL: here.front.url,
    WEBHOOK_SECRET: 'a secret',
  })
  await waitFor(() => poller.log.some((line) => line.includes('no API token: nothing is polled')), {
    what: 'it to say that nothing is polled',
  })
  expect(here.front.calls()).toEqual([])
})
