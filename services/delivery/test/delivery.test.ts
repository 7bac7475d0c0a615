import { outboundMessage, replayKey, topicKey } from '@millrace/domain'
import { createFrontClient } from '@millrace/front-client'
import { type Attempt, type Endpoint, type EventReplay, topics } from '@millrace/schemas'
import {
  type FrontSimulator,
  ownTime,
  type Receiver,
  replayOf,
  startFrontSimulator,
  startReceiver,
  waitFor,
} from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type RunningDelivery, runDelivery, type World } from './support/harness.ts'
import { messageEvent } from './support/values.ts'

let world: World
let service: RunningDelivery
let front: FrontSimulator
const receivers: Receiver[] = []

beforeAll(async () => {
  world = await createWorld()
  front = await startFrontSimulator({ autoCreate: false })
  const client = createFrontClient({ token: front.token, baseUrl: front.url })
  service = await runDelivery(world, { fronts: { of: () => client } })
})

afterAll(async () => {
  await service?.close()
  await Promise.all(receivers.map((receiver) => receiver.close()))
  await front?.close()
  await world?.close()
})

async function customer(): Promise<Receiver> {
  const receiver = await startReceiver({ secret: world.secret })
  receivers.push(receiver)
  return receiver
}

/** An endpoint of a tenant of its own: the tests run side by side, since most of their time is waiting for retries. */
async function oneEndpoint(receiver: Receiver, changes: Partial<Endpoint> = {}) {
  const tenant = `tenant-${receiver.port}`
  const endpoint = await world.addEndpoint(receiver.url, { tenant, ...changes })
  return { tenant, endpoint }
}

/** Of an endpoint whose second try is to come only after what the test does, or publishes, once the first has been made. */
const retriedLate = { retry_delays_ms: [20_000] }

/** The next try was planned for `delay` after the end of one, and made neither before nor, on a machine however slow, long after that. */
function expectApart(one: Attempt | undefined, next: Attempt | undefined, delay: number): void {
  if (!one?.next_attempt_at || !next) throw new Error('there is no next try')
  expect(Math.abs(one.next_attempt_at - one.started_at - one.duration_ms - delay)).toBeLessThan(500)
  expect(next.started_at).toBeGreaterThanOrEqual(one.next_attempt_at)
  expect(next.started_at).toBeLessThan(one.next_attempt_at + 10_000)
}

const requestsOf = (receiver: Receiver, count: number, deadlineMs = 60_000) =>
  waitFor(() => receiver.requests().length >= count && receiver.requests(), { what: `${count} requests`, deadlineMs })

test.concurrent('an endpoint gets one signed message whose body is the message contract', async () => {
  const receiver = await customer()
  const { tenant } = await oneEndpoint(receiver)
  const event = messageEvent({ tenant })
  await world.publish(event)
  const [request] = await requestsOf(receiver, 1)
  expect(request?.verdict).toBe('ok')
  expect(JSON.parse(String(request?.body))).toEqual(JSON.parse(JSON.stringify(outboundMessage(event))))
  expect(Object.keys(JSON.parse(String(request?.body)))).toEqual(['conversation_id', 'data', 'timestamp'])
  expect(request?.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'Millrace/test' })
  const attempt = await world.attempt('of the message', ({ delivery_id }) => delivery_id === request?.id)
  expect(attempt).toMatchObject({ tenant, attempt: 1, status_code: 200, outcome: 'succeeded', next_attempt_at: null })
  expect(receiver.requests()).toHaveLength(1)
})

test.concurrent('a preview is read while Front answers at last, before its first try, and all its tries send the whole message', async () => {
  const receiver = await customer()
  const { tenant } = await oneEndpoint(receiver, { tags: ['vip'] })
  const other = await customer()
  await world.addEndpoint(other.url, { tenant, tags: ['nobody'] })
  const opened = front.company.open({ text: 'The whole text' }) as { id: string; conversation: { id: string } }
  front.company.tag(opened.conversation.id, 'VIP')
  const [message] = front.world.messages(opened.conversation.id)
  const preview = { type: 'inbound', conversation: { id: opened.conversation.id }, target: { id: message?.id } }
  front.fail({ path: `/messages/${message?.id}`, status: 503, count: 1 })
  receiver.failWith([500])
  const payload = Buffer.from(JSON.stringify(preview))
  await world.publish(messageEvent({ tenant, payload, event_id: opened.id, conversation_id: opened.conversation.id }))
  const tries = await requestsOf(receiver, 2)
  for (const { body } of tries)
    expect(JSON.parse(String(body)).data).toMatchObject({ content: 'The whole text', metadata: { preview: false } })
  const unwanted = await world.attempt(
    'of the other',
    (each) => each.error_code === 'MR_DELIVERY_UNWANTED' && each.tenant === tenant,
  )
  expect(unwanted).toMatchObject({ outcome: 'failed', plan: 'drop', status_code: null })
  expect(other.requests()).toHaveLength(0)
})

test.concurrent('500, 500, 200 makes exactly three tries, 4 s and 8 s apart, with one webhook-id and a fresh signature each', async () => {
  const receiver = await customer()
  const { tenant } = await oneEndpoint(receiver)
  receiver.failWith([500, 500])
  await world.publish(messageEvent({ tenant }))
  const tries = await requestsOf(receiver, 3)
  expect(new Set(tries.map(({ id }) => id)).size).toBe(1)
  expect(new Set(tries.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(3)
  expect(tries.map(({ verdict }) => verdict)).toEqual(['ok', 'ok', 'ok'])
  const last = await world.attempt(
    'the third',
    ({ delivery_id, attempt }) => delivery_id === tries[0]?.id && attempt === 3,
  )
  expect(last.outcome).toBe('succeeded')
  expect(receiver.requests()).toHaveLength(3)
  const all = world.attempts.filter(({ delivery_id }) => delivery_id === tries[0]?.id)
  for (const [place, delay] of [4_000, 8_000].entries()) expectApart(all[place], all[place + 1], delay)
})

test.concurrent('of a callback URL, after the first try and three retries a delivery is a dead letter that names the reason', async () => {
  const receiver = await customer()
  const { tenant, endpoint } = await oneEndpoint(receiver, { kind: 'config' })
  receiver.always(500)
  await world.publish(messageEvent({ tenant }))
  const last = await world.attempt('the fourth', (each) => each.tenant === tenant && each.attempt === 4)
  expect(last).toMatchObject({ outcome: 'failed', error_code: 'MR_DELIVERY_STATUS', status_code: 500 })
  const dead = await world.deadLetterOf(topics.retry10s, last.delivery_id)
  expect(dead.key).toBe(topicKey(tenant, endpoint.endpoint_id))
  expect(String(dead.headers.get('x-error-code'))).toBe('MR_DELIVERY_EXHAUSTED')
  expect(String(dead.headers.get('kafka_dlt-exception-message'))).toContain('status 500')
  expect(receiver.requests()).toHaveLength(4)
})

test.concurrent('410 ends a delivery at once', async () => {
  const receiver = await customer()
  const { tenant } = await oneEndpoint(receiver)
  receiver.always(410)
  await world.publish(messageEvent({ tenant }))
  const attempt = await world.attempt('of the gone', (each) => each.tenant === tenant)
  expect(attempt).toMatchObject({ outcome: 'failed', error_code: 'MR_DELIVERY_GONE', next_attempt_at: null })
  const dead = await world.deadLetterOf(topics.requested, attempt.delivery_id)
  expect(String(dead.headers.get('x-error-code'))).toBe('MR_DELIVERY_GONE')
})

test.concurrent('an endpoint that was removed meanwhile gets nothing, and the attempt says so', async () => {
  const receiver = await customer()
  const { tenant, endpoint } = await oneEndpoint(receiver, retriedLate)
  receiver.always(500)
  await world.publish(messageEvent({ tenant }))
  await requestsOf(receiver, 1)
  await world.kafka.send(topics.endpoints, topicKey(tenant, endpoint.endpoint_id), null)
  const second = await world.attempt('the second', (each) => each.tenant === tenant && each.attempt === 2)
  expect(second).toMatchObject({ outcome: 'failed', error_code: 'MR_DELIVERY_ENDPOINT_REMOVED', status_code: null })
  expect(receiver.requests()).toHaveLength(1)
})

test.concurrent('an endpoint that was disabled meanwhile gets nothing, and the attempt says so', async () => {
  const receiver = await customer()
  const { tenant, endpoint } = await oneEndpoint(receiver, retriedLate)
  receiver.always(500)
  await world.publish(messageEvent({ tenant }))
  await requestsOf(receiver, 1)
  await world.kafka.send(topics.endpoints, topicKey(tenant, endpoint.endpoint_id), { ...endpoint, is_enabled: false })
  const second = await world.attempt('the second', (each) => each.tenant === tenant && each.attempt === 2)
  expect(second).toMatchObject({ outcome: 'failed', error_code: 'MR_DELIVERY_ENDPOINT_DISABLED' })
})

test('an endpoint that hangs delays no other one', async () => {
  const [dead, alive] = [await customer(), await customer()]
  const { tenant } = await oneEndpoint(dead)
  await world.addEndpoint(alive.url, { tenant })
  dead.always('hang')
  const began = ownTime()
  await Promise.all(Array.from({ length: 60 }, () => world.publish(messageEvent({ tenant }))))
  await requestsOf(alive, 60)
  expect(ownTime() - began).toBeLessThan(4_500)
  // Nothing says that its requests come before those of the other.
  await waitFor(() => dead.peakInFlight() >= 10, { what: 'ten requests that hang' })
  expect(dead.peakInFlight()).toBe(10)
})

test.concurrent('a secret of another endpoint is a dead letter at once, not a retry', async () => {
  const receiver = await customer()
  const { endpoint } = await oneEndpoint(receiver)
  const tenant = `other-${receiver.port}`
  await world.addEndpoint(receiver.url, { tenant, secrets: endpoint.secrets })
  await world.publish(messageEvent({ tenant }))
  const attempt = await world.attempt('of the stolen secret', (each) => each.tenant === tenant)
  expect(attempt).toMatchObject({ outcome: 'failed', error_code: 'MR_DELIVERY_SECRET_UNREADABLE' })
  await world.deadLetterOf(topics.requested, attempt.delivery_id)
  expect(receiver.requests()).toHaveLength(0)
})

test.concurrent('a replay is delivered once more, under the webhook-id that it had or under a new one', async () => {
  const receiver = await customer()
  const { tenant, endpoint } = await oneEndpoint(receiver)
  const event = messageEvent({ tenant })
  await world.publish(event)
  const [first] = await requestsOf(receiver, 1)
  const replay = (changes: Partial<EventReplay>) =>
    world.kafka.send(
      topics.replays,
      replayKey(event),
      replayOf(event, { target_kind: 'endpoint', target: endpoint.endpoint_id, ...changes }),
    )
  await replay({ run_id: 'run_kept' })
  const [, kept] = await requestsOf(receiver, 2)
  await replay({ run_id: 'run_new', keeps_ids: false })
  const [, , renewed] = await requestsOf(receiver, 3)
  expect([kept?.id, kept?.body, kept?.verdict]).toEqual([first?.id, first?.body, 'ok'])
  expect(renewed?.id).not.toBe(first?.id)
  expect(renewed?.body).toEqual(first?.body)
  const told = await world.attempt('of the new one', ({ delivery_id }) => delivery_id === renewed?.id)
  expect(told).toMatchObject({ run_id: 'run_new', attempt: 1, outcome: 'succeeded' })
  await world.attempt('of the kept one', ({ run_id, tenant: of }) => run_id === 'run_kept' && of === tenant)
})

test.concurrent('live deliveries of an ordered conversation do not wait for a replay, whose own go out in order', async () => {
  const receiver = await customer()
  const { tenant, endpoint } = await oneEndpoint(receiver, { order: 'conversation', ...retriedLate })
  const events = [messageEvent({ tenant }), messageEvent({ tenant })]
  for (const event of events) await world.publish(event)
  const live = await requestsOf(receiver, 2)
  // The first of the replay has to be tried again; the second waits for it, what is live does not.
  receiver.failWith([500])
  for (const [nth, event] of events.entries())
    await world.kafka.send(
      topics.replays,
      replayKey(event),
      replayOf(event, { target_kind: 'endpoint', target: endpoint.endpoint_id, run_id: `run_${nth}_${tenant}` }),
    )
  await requestsOf(receiver, 3)
  const next = messageEvent({ tenant })
  await world.publish(next)
  const all = await requestsOf(receiver, 6)
  const [a, b] = live.map(({ id }) => id)
  const order = all.slice(2).map(({ id }) => (id === a ? 'first' : id === b ? 'second' : 'live'))
  expect(order).toEqual(['first', 'live', 'first', 'second'])
})
