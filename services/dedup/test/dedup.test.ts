import { headersFor } from '@millrace/domain'
import type { RunningTransform } from '@millrace/kafka'
import type { ReceivedWebhook } from '@millrace/schemas'
import { freshSamples, type Sample } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createInstallation, type Installation } from './support/installation.ts'
import { appWebhook, bareEvent, fresh, keyOf, nameless, received } from './support/webhooks.ts'

const MINUTE = 60_000
const samples = freshSamples().filter(({ provider }) => provider === 'front')
const webhookOf = (sample: Sample): ReceivedWebhook => received(sample.body, { scheme: sample.scheme })
const sent = new Map(samples.map((sample) => [sample.name, webhookOf(sample)]))
let here: Installation
let dedup: RunningTransform<ReceivedWebhook>

beforeAll(async () => {
  here = await createInstallation()
  dedup = await here.start()
  await here.send(...sent.values())
  await here.settle()
})

afterAll(() => here.close())

/** The events that webhooks became. */
async function eventsOf(...webhooks: ReceivedWebhook[]) {
  // One after the other: those of different keys have no order among each other.
  for (const webhook of webhooks) {
    await here.send(webhook)
    await here.settle()
  }
  const ids = new Set(webhooks.map(({ webhook_id }) => webhook_id))
  return here.events().flatMap(({ value }) => (ids.has(value.webhook_id) ? [value] : []))
}

test.for(samples.map((sample) => [sample.name, sample] as const))(
  '%s becomes one event with its type, conversation, bytes, headers and key',
  ([name, sample]) => {
    const webhook = sent.get(name) as ReceivedWebhook
    const [event, ...more] = here.events().filter(({ value }) => value.webhook_id === webhook.webhook_id)
    expect(more).toEqual([])
    expect(event?.value).toMatchObject({
      identity: sample.eventId === null ? 'content-hash' : 'provider',
      type: sample.type,
      conversation_id: sample.conversationId,
      received_at: webhook.received_at,
    })
    if (sample.eventId !== null) expect(event?.value.event_id).toBe(sample.eventId)
    expect(event?.value.payload.equals(sample.body)).toBe(true)
    expect(event?.raw.key).toBe(keyOf(webhook))
    const headers = Object.fromEntries(Array.from(event?.raw.headers ?? [], ([key, value]) => [key, String(value)]))
    expect(headers).toMatchObject(event === undefined ? {} : headersFor(event.value))
    expect(headers).toMatchObject({ ce_type: sample.type, ce_subject: sample.conversationId, ce_tenant: 'default' })
  },
)

test('every sample sent again adds nothing', async () => {
  const before = here.eventIds()
  await here.send(...samples.map(webhookOf))
  await here.settle()
  expect(here.eventIds()).toEqual(before)
})

test('an app webhook, a rule webhook and a polled copy of one Front event are one event', async () => {
  const [id, conversation] = [fresh('evt'), { id: fresh('cnv'), subject: 'Hello' }]
  const events = await eventsOf(
    received(appWebhook(id, conversation)),
    received(bareEvent(id, conversation), { scheme: 'rule', source: 'front-rules' }),
    received(bareEvent(id, conversation), { scheme: 'none', origin: 'poll' }),
  )
  expect(events.map(({ event_id, origin }) => [event_id, origin])).toEqual([[id, 'webhook']])
})

test('one event id of two tenants, accounts or providers is as many events', async () => {
  const [id, conversation] = [fresh('evt'), { id: fresh('cnv'), subject: 'Hello' }]
  const of = (changes: Partial<ReceivedWebhook>) => received(bareEvent(id, conversation), changes)
  const events = await eventsOf(of({}), of({ tenant: 'other' }), of({ account: 'other' }))
  expect(events).toHaveLength(3)
})

test('a fuller copy of a known event is no new event but a supplement for its conversation', async () => {
  const [id, conversationId] = [fresh('evt'), fresh('cnv')]
  const full = received(bareEvent(id, { id: conversationId, subject: 'Hello' }))
  const events = await eventsOf(received(bareEvent(id, { id: conversationId })), full, full)
  expect(events.map(({ completeness }) => completeness)).toEqual(['partial'])
  const refreshes = (await here.refreshes()).map(({ value }) => value)
  const supplements = refreshes.filter(({ caused_by }) => caused_by.includes(id))
  expect(supplements).toMatchObject([{ kind: 'supplement', conversation_id: conversationId, caused_by: [id] }])
  expect(supplements[0]?.payload?.equals(full.payload)).toBe(true)
})

test('the same bytes without an id are one event within ten minutes', async () => {
  const [body, at] = [nameless(fresh('cnv')), Date.now()]
  const events = await eventsOf(
    received(body, { received_at: at }),
    received(body, { received_at: at + 10 * MINUTE }),
    received(body, { received_at: at - 10 * MINUTE }),
  )
  expect(events).toHaveLength(1)
})

test('the same bytes without an id are a new event with an id of its own after ten minutes', async () => {
  const [body, at] = [nameless(fresh('cnv')), Date.now()]
  const events = await eventsOf(
    received(body, { received_at: at }),
    received(body, { received_at: at + 10 * MINUTE + 1 }),
    received(body, { received_at: at + 11 * MINUTE }),
  )
  expect(events.map(({ received_at }) => received_at - at)).toEqual([0, 10 * MINUTE + 1])
  expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(2)
})

test('records that nobody can decode go to the dead-letter topic, and the next owner finds no claim missing', async () => {
  const marker = await here.redis.get('claim:marker')
  await here.sendBytes(Buffer.from('no Avro'))
  await dedup.caughtUp()
  await dedup.close()
  dedup = await here.start()
  await here.settle()
  expect((await here.deadLetters()).map(({ value }) => String(value))).toEqual(['no Avro'])
  expect(await here.redis.get('claim:marker')).toBe(marker)
})
