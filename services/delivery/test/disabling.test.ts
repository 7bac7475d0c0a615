import { topicKey } from '@millrace/domain'
import { type EndpointState, type Notice, topics } from '@millrace/schemas'
import { startReceiver, waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type RunningDelivery, runDelivery, type World } from './support/harness.ts'
import { messageEvent } from './support/values.ts'

/** Five days pass in 4.3 s, 72 hours in 2.6 s. */
const SCALE = 1 / 100_000
let world: World
let service: RunningDelivery

beforeAll(async () => {
  world = await createWorld()
  service = await runDelivery(world, { delayScale: SCALE, windowMs: 300 })
})

afterAll(async () => {
  await service?.close()
  await world?.close()
})

test('after five days of only failures an endpoint is disabled, its owner having been told at 50, 70 and 90 percent', async () => {
  const receiver = await startReceiver({ secret: world.secret })
  receiver.always(500)
  const tenant = `tenant-${receiver.port}`
  const changes = { tenant, event_types: ['message.received'], max_per_minute: 3 }
  const endpoint = await world.addEndpoint(receiver.url, changes)
  const stopping = new AbortController()
  const notices: Notice[] = []
  const states: EndpointState[] = []
  const reading = Promise.all([
    collect(topics.notices, notices, stopping.signal),
    collect(topics.endpointStates, states, stopping.signal),
  ])
  const isDisabled = async () => {
    // A new delivery now and then: each lives for 72 hours only.
    await world.publish(messageEvent({ tenant }))
    return states.some(({ disabled_at }) => disabled_at !== null)
  }
  await waitFor(isDisabled, { what: 'the endpoint to be disabled', everyMs: 500 })
  await waitFor(() => notices.some(({ kind }) => kind === 'endpoint-disabled'), { what: 'the last notice' })
  stopping.abort()
  await reading
  await receiver.close()
  const told = notices.map(({ kind, details_json }) => [kind, JSON.parse(details_json).percent])
  // A machine that stalls for a second is a day further; that all three are told where it is not is shown by the test of the pure rule.
  const percents = [50, 70, 90].filter((percent) => told.some(([, each]) => each === percent))
  expect(told).toEqual([...percents.map((percent) => ['endpoint-failing', percent]), ['endpoint-disabled', 100]])
  for (const notice of notices)
    expect(notice).toMatchObject({ tenant, subject: endpoint.endpoint_id, writer: 'delivery' })
  const last = states.at(-1)
  expect(last).toMatchObject({ disabled_reason: 'failing', noticed_percent: percents.at(-1) ?? 0 })
  const lasted = Number(last?.disabled_at) - Number(last?.failing_since)
  expect(lasted).toBeGreaterThanOrEqual(5 * 86_400_000 * SCALE)

  async function collect<V>(topic: Parameters<typeof world.kafka.read>[0], into: V[], signal: AbortSignal) {
    for await (const record of world.kafka.read(topic, { signal })) {
      const value = world.kafka.decode(topic, record) as V | null
      const isOurs = record.key === tenant || record.key === topicKey(tenant, endpoint.endpoint_id)
      if (value !== null && isOurs) into.push(value)
    }
  }
})
