import { replayKey } from '@millrace/domain'
import { deadLetterTopic, singleObject, type Topic, topics } from '@millrace/schemas'
import { eventValue, waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { begin, endAll, type Here } from './asked-console.ts'

const GROUP = 'knowledge-extract'
const events = topics.events as Topic<unknown>
let here: Here

beforeAll(async () => {
  here = await begin('pglite')
})
afterAll(endAll)

/** An event as the group leaves it in its dead-letter topic. */
async function die(event_id: string, { tenant = 'default', bytes }: { tenant?: string; bytes?: Buffer } = {}) {
  const event = eventValue({ event_id, tenant })
  const headers = { ce_id: event_id, 'x-error-code': 'MR_TEST', 'kafka_dlt-exception-message': 'why' }
  const value = bytes ?? singleObject.encode(topics.events.schema, event)
  await here.kafka.send(deadLetterTopic(events, GROUP), replayKey(event), value, { headers })
}

const place = { topic: topics.events.name, group: GROUP }

const done = (id: unknown) =>
  waitFor(
    async () => {
      const found = await here.get(`/redrives/${id}`)
      return found.state === 'done' ? found : undefined
    },
    { what: `${id} to be done` },
  )

test('a redrive is counted first, puts back what is the tenant’s own, once, and marks it', async () => {
  for (const id of ['evt_1', 'evt_2', 'evt_3']) await die(id)
  await die('evt_other', { tenant: 'other' })
  await die('evt_broken', { bytes: Buffer.from('no Avro') })
  const plan = await here.post('/redrives', { ...place, dry_run: true })
  expect(plan).toMatchObject({
    statusCode: 200,
    body: {
      count: 3,
      codes: [{ code: 'MR_TEST', count: 3 }],
      obstacles: [{ obstacle: 'its bytes cannot be read', count: 1 }],
    },
  })
  expect((await here.get('/redrives')).items).toEqual([])

  const { statusCode, body } = await here.post('/redrives', { ...place, rate: 100, reason: 'mended' })
  expect(statusCode).toBe(201)
  expect(await done(body.redrive_id)).toMatchObject({ total: 3, done: 3, group: GROUP })
  const replays = await here.replays(body.redrive_id)
  expect(replays.map(({ event_id }) => event_id).toSorted()).toEqual(['evt_1', 'evt_2', 'evt_3'])
  expect(replays.every(({ target }) => target === GROUP)).toBe(true)
  expect((await here.post('/redrives', { ...place, dry_run: true })).body).toMatchObject({ count: 0 })
  expect((await here.post('/redrives', place)).body).toMatchObject({ state: 'done', total: 0 })
})

test('a second redrive of the same place waits its turn, and one that is cancelled leaves the rest', async () => {
  const ids = Array.from({ length: 40 }, (_, nth) => `evt_c${nth}`)
  await Promise.all(ids.map((id) => die(id)))
  const { body } = await here.post('/redrives', { ...place, rate: 2 })
  expect(await here.post('/redrives', place)).toMatchObject({ statusCode: 409 })
  const some = () => here.get(`/redrives/${body.redrive_id}`).then((found) => Number(found.done) >= 1)
  await waitFor(some, { what: 'the first of it' })
  expect((await here.post(`/redrives/${body.redrive_id}/cancel`)).body).toMatchObject({ state: 'cancelled' })
  const rest = await here.post('/redrives', { ...place, rate: 500 })
  const { total } = (await done(rest.body.redrive_id)) as { total: number }
  expect(total).toBeLessThan(40)
  const replays = [...(await here.replays(body.redrive_id)), ...(await here.replays(rest.body.redrive_id))]
  expect(new Set(replays.map(({ event_id }) => event_id))).toEqual(new Set(ids))
})

test('of two that are asked for at the same time one has the place, and the other is told so', async () => {
  for (let nth = 0; nth < 4; nth++) await die(`evt_t${nth}`)
  const asked = { ...place, rate: 2, selection: { code: 'MR_TEST' } }
  const answers = await Promise.all([here.post('/redrives', asked), here.post('/redrives', asked)])
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 409])
  const [begun] = answers.filter(({ statusCode }) => statusCode === 201)
  await here.post(`/redrives/${begun?.body.redrive_id}/cancel`)
})

test('a topic or group that is not there is named, and one that has no way back says why', async () => {
  const none = await here.post('/redrives', { topic: 'webhooks.events.v1', group: 'nobody' })
  expect(none).toMatchObject({ statusCode: 400, body: { errors: [{ pointer: '/topic' }] } })
  await here.kafka.send(
    deadLetterTopic(topics.received as Topic<unknown>, 'poller-parity'),
    'default/x',
    Buffer.from('x'),
  )
  const parity = { topic: topics.received.name, group: 'poller-parity', dry_run: true }
  const { body } = await here.post('/redrives', parity)
  expect(body).toMatchObject({ count: 0, obstacles: [{ count: 1, obstacle: expect.stringContaining('compares') }] })
})
