import { topicKey } from '@millrace/domain'
import { deadLetterTopic, type Endpoint, type EndpointState, retryTiers, topics } from '@millrace/schemas'
import { ownTime, type Receiver, startReceiver, waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type RunningDelivery, runDelivery, type World } from './support/harness.ts'
import { messageEvent } from './support/values.ts'

/** Every delay of an hour is one of 36 s here, and a limit a minute counts within this. */
const SCALE = 1 / 100
const WINDOW_MS = 2_000
/** A retry delay of 20 s: what a test publishes once a try has failed is delivered before the next one. */
const LATE = 2_000_000

let world: World
let service: RunningDelivery
const receivers: Receiver[] = []

beforeAll(async () => {
  world = await createWorld()
  service = await runDelivery(world, { delayScale: SCALE, windowMs: WINDOW_MS })
})

afterAll(async () => {
  await service?.close()
  await Promise.all(receivers.map((receiver) => receiver.close()))
  await world?.close()
})

/** A customer, and the endpoint of a tenant of its own that leads to it. */
async function customer(changes: Partial<Endpoint> = {}) {
  const receiver = await startReceiver({ secret: world.secret })
  receivers.push(receiver)
  const tenant = `tenant-${receiver.port}`
  const endpoint = await world.addEndpoint(receiver.url, { tenant, event_types: ['message.received'], ...changes })
  const publish = async (conversation_id = 'cnv_a') => {
    const event = messageEvent({ tenant, conversation_id })
    await world.publish(event)
    return event.event_id
  }
  return { receiver, tenant, endpoint, publish }
}

const requestsOf = (receiver: Receiver, count: number) =>
  waitFor(() => receiver.requests().length >= count && receiver.requests(), {
    what: `${count} requests`,
  })

/** Event ids in the order in which they were accepted. */
async function accepted(tenant: string, count: number): Promise<string[]> {
  const done = () => world.attempts.filter((each) => each.tenant === tenant && each.outcome === 'succeeded')
  await waitFor(() => done().length >= count, { what: `${count} deliveries` })
  return done()
    .toSorted((a, b) => a.started_at - b.started_at)
    .map(({ event_id }) => event_id)
}

function stateOf(endpoint: Endpoint, fits: (state: EndpointState) => boolean): Promise<EndpointState> {
  const look = async () => {
    let last: EndpointState | null = null
    for await (const record of world.kafka.read(topics.endpointStates, { untilEnd: true }))
      if (record.key === topicKey(endpoint.tenant, endpoint.endpoint_id))
        last = world.kafka.decode(topics.endpointStates, record)
    return last !== null && fits(last) && last
  }
  return waitFor(look, { what: 'the state of the endpoint', everyMs: 200 })
}

/** The reason of the dead letter of an event, wherever it waited last. */
function reasonOf(eventId: string): Promise<string> {
  const sources = [topics.requested, ...retryTiers.map(({ topic }) => topic)]
  const look = async () => {
    for (const source of sources) {
      for await (const record of world.kafka.read(deadLetterTopic(source, 'delivery-send'), { untilEnd: true }))
        if (world.kafka.decode(topics.requested, record)?.event_id === eventId)
          return String(record.headers.get('x-error-code'))
    }
    return undefined
  }
  return waitFor(look, { what: `the dead letter of ${eventId}`, everyMs: 300 })
}

test.concurrent('with order by conversation a failing delivery holds back the later ones of its conversation, and no others', async () => {
  const { receiver, tenant, publish } = await customer({ order: 'conversation', retry_delays_ms: [150_000, LATE] })
  receiver.failWith([500, 500])
  const first = await publish('cnv_a')
  await requestsOf(receiver, 1)
  const [second, third] = [await publish('cnv_a'), await publish('cnv_a')]
  // Two tries of the first have failed by the time that the others may come.
  const other = await waitFor(() => receiver.requests().length >= 2, { what: 'the retry' }).then(() => publish('cnv_b'))
  const order = await accepted(tenant, 4)
  expect(order.indexOf(other)).toBe(0)
  expect(order.slice(1)).toEqual([first, second, third])
})

test.concurrent('without order the later ones do not wait', async () => {
  const { receiver, tenant, publish } = await customer({ retry_delays_ms: [LATE] })
  receiver.failWith([500])
  const first = await publish()
  await requestsOf(receiver, 1)
  const second = await publish()
  expect(await accepted(tenant, 2)).toEqual([second, first])
})

test.concurrent('the receiver’s own count keeps to the endpoint’s limit, everything arrives, and each request says what remains', async () => {
  const { receiver, publish } = await customer({ max_per_minute: 4, max_in_flight: 2 })
  await Promise.all(Array.from({ length: 11 }, () => publish()))
  const requests = await requestsOf(receiver, 11)
  for (const [place, { at }] of requests.entries())
    expect(requests.slice(place).filter((later) => later.at < at + WINDOW_MS).length).toBeLessThanOrEqual(4)
  expect(receiver.peakInFlight()).toBeLessThanOrEqual(2)
  expect(new Set(requests.map(({ id }) => id)).size).toBe(11)
  for (const { headers } of requests) {
    expect(headers['ratelimit-limit']).toBe('4')
    expect(Number(headers['ratelimit-remaining'])).toBeLessThan(4)
  }
})

test.concurrent('an endpoint that asks for time by Retry-After gets nothing before', async () => {
  const { receiver, tenant, publish } = await customer()
  receiver.failWith([{ status: 429, headers: { 'retry-after': '3' } }])
  await publish()
  const [refused] = await requestsOf(receiver, 1)
  // It is recorded once the answer has been heeded; the receiver has the request before it answers.
  await world.attempt('the one that was refused', (each) => each.tenant === tenant)
  await publish()
  const later = (await requestsOf(receiver, 3)).slice(1)
  for (const { at } of later) expect(at - Number(refused?.at)).toBeGreaterThanOrEqual(2_900)
})

test.concurrent('what is not delivered in the endpoint’s time is a dead letter just then, as expired', async () => {
  const { receiver, tenant, publish } = await customer({ give_up_after_ms: 300_000 })
  receiver.always(500)
  const [began, ownBegan] = [Date.now(), ownTime()]
  const event = await publish()
  const last = await world.attempt(
    'of the expired',
    (each) => each.tenant === tenant && each.error_code === 'MR_DELIVERY_EXPIRED',
  )
  expect(last.outcome).toBe('failed')
  expect(last.started_at - began).toBeGreaterThanOrEqual(3_000)
  expect(ownTime() - ownBegan).toBeLessThan(5_500)
  expect(await reasonOf(event)).toBe('MR_DELIVERY_EXPIRED')
})

test.concurrent('ten failures in a row open the breaker; a probe that succeeds closes it, and what waited arrives', async () => {
  const { receiver, tenant, endpoint, publish } = await customer({ retry_delays_ms: Array(40).fill(50_000) })
  receiver.always(500)
  await Promise.all(Array.from({ length: 12 }, () => publish()))
  const open = await stateOf(endpoint, ({ breaker }) => breaker === 'open')
  expect(open).toMatchObject({ disabled_at: null, failing_since: expect.any(Number) })
  receiver.always(undefined)
  await accepted(tenant, 12)
  expect(await stateOf(endpoint, ({ breaker }) => breaker === 'closed')).toMatchObject({ failing_since: null })
})

test.concurrent('410 disables the endpoint: what waits is a dead letter, and nothing more is requested until its owner saves it anew', async () => {
  const { receiver, tenant, endpoint, publish } = await customer({ retry_delays_ms: [LATE] })
  receiver.failWith([500, 410])
  const waiting = await publish()
  await requestsOf(receiver, 1)
  const gone = await publish()
  const state = await stateOf(endpoint, ({ disabled_at }) => disabled_at !== null)
  expect(state.disabled_reason).toBe('gone')
  const unwanted = await publish()
  await service.requested()
  expect(await reasonOf(waiting)).toBe('MR_DELIVERY_ENDPOINT_DISABLED')
  expect(receiver.requests()).toHaveLength(2)
  const key = topicKey(tenant, endpoint.endpoint_id)
  await world.kafka.send(topics.endpoints, key, { ...endpoint, updated_at: Date.now() })
  await waitFor(() => [...world.tables].every((table) => table.get(key)?.updated_at !== endpoint.updated_at), {
    what: 'the endpoint anew',
  })
  const wanted = await publish()
  await requestsOf(receiver, 3)
  expect((await stateOf(endpoint, ({ disabled_at }) => disabled_at === null)).disabled_reason).toBe('')
  const requested = new Set<string>()
  for await (const record of world.kafka.read(topics.requested, { untilEnd: true }))
    if (record.key === key) requested.add(world.kafka.decode(topics.requested, record)?.event_id ?? '')
  expect(requested).toEqual(new Set([waiting, gone, wanted]))
  expect(requested.has(unwanted)).toBe(false)
})
