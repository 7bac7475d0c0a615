import { randomBytes } from 'node:crypto'
import { topics } from '@millrace/schemas'
import { type Receiver, runService, type ServiceProcess, startReceiver, waitFor } from '@millrace/test-support'
import { afterEach, expect, test } from 'vitest'
import { createWorld, type World } from './support/harness.ts'
import { messageEvent } from './support/values.ts'

let world: World
let receiver: Receiver
let service: ServiceProcess | undefined

afterEach(async () => {
  await service?.stop()
  service = undefined
  await receiver?.close()
  await world?.close()
})

/** The service as its own process, and a customer whose endpoint it delivers to. `changes`: of its settings. */
async function begin(changes: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
  world = await createWorld()
  receiver = await startReceiver({ secret: world.secret })
  await world.addEndpoint(receiver.url)
  service = await runService({
    name: 'delivery',
    env: {
      KAFKA_BROKERS: process.env.KAFKA_BROKERS ?? '',
      KAFKA_PREFIX: world.prefix,
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      REDIS_URL: process.env.REDIS_URL ?? '',
      REDIS_PREFIX: world.prefix,
      MILLRACE_SECRET_KEYS: world.keys,
      // What a killed process had open is left alone until its lease has ended, which is this and 5 s.
      DELIVERY_TIMEOUT_SECONDS: '8',
      DELIVERY_ALLOW_HTTP: 'true',
      DELIVERY_ALLOW_PRIVATE: 'true',
      SHUTDOWN_DEADLINE_MS: '2000',
      ...changes,
    },
  })
  return service
}

const arrived = (count: number, what: string) =>
  waitFor(() => receiver.requests().length >= count && receiver.requests(), { what })

test('killed while a try is open, it makes the try again with the same webhook-id and body', async () => {
  const running = await begin()
  receiver.failWith(['hang'])
  await world.publish(messageEvent())
  await arrived(1, 'the first try')
  await running.kill()
  await running.start()
  const [first, second] = await arrived(2, 'the try after the kill')
  expect(second?.id).toBe(first?.id)
  expect(second?.body).toEqual(first?.body)
  expect(second?.verdict).toBe('ok')
  const attempt = await world.attempt('of the second', ({ delivery_id }) => delivery_id === first?.id)
  expect(attempt).toMatchObject({ attempt: 1, outcome: 'succeeded' })
})

test('stopped while a try is open, it records that try as unknown and leaves the delivery to the next start', async () => {
  // The try is broken off after half of the deadline, before it is out of time, and is to be recorded in the other half.
  const running = await begin({ DELIVERY_TIMEOUT_SECONDS: '60', SHUTDOWN_DEADLINE_MS: '10000' })
  receiver.failWith(['hang'])
  await world.publish(messageEvent())
  await arrived(1, 'the first try')
  await running.stop()
  await running.start()
  const [first, second] = await arrived(2, 'the try after the stop')
  expect(second?.id).toBe(first?.id)
  await world.attempt('of the second', ({ outcome }) => outcome === 'succeeded')
  expect(world.attempts.map(({ outcome }) => outcome)).toEqual(['unknown', 'succeeded'])
})

test('killed between a failed try and its retry, the retry still comes, with the same webhook-id', async () => {
  const running = await begin()
  receiver.failWith([500])
  await world.publish(messageEvent())
  await world.attempt('the first', ({ attempt }) => attempt === 1)
  await running.kill()
  await running.start()
  const tries = await arrived(2, 'the retry')
  expect(new Set(tries.map(({ id }) => id)).size).toBe(1)
  const last = await world.attempt('that succeeded', ({ outcome }) => outcome === 'succeeded')
  expect(last.delivery_id).toBe(tries[0]?.id)
})

test('twenty events over two kills: each arrives, under one webhook-id each', async () => {
  const running = await begin()
  const events = Array.from({ length: 20 }, () =>
    messageEvent({ conversation_id: `cnv_${randomBytes(4).toString('hex')}` }),
  )
  for (const [place, event] of events.entries()) {
    await world.publish(event)
    if (place === 6 || place === 13) {
      await running.kill()
      await running.start()
    }
  }
  const ids = await waitFor(
    () => {
      const seen = new Set(receiver.requests().map(({ id }) => id))
      return seen.size >= 20 && seen
    },
    { what: 'twenty webhook-ids' },
  )
  const requested = []
  for await (const record of world.kafka.read(topics.requested, { untilEnd: true }))
    requested.push(world.kafka.decode(topics.requested, record)?.delivery_id)
  expect(requested).toHaveLength(20)
  expect(new Set(requested)).toEqual(ids)
})

test('an attempt is one log line without path, query, body or secret, and counted', async () => {
  const running = await begin({ DELIVERY_TIMEOUT_SECONDS: '60' })
  await world.addEndpoint(`${receiver.url}?token=tell-nobody`, { tenant: 'secretive' })
  const isRead = async () => /^millrace_delivery_endpoints\{state="well"[^}]*\} 2\b/m.test(await running.metrics())
  await waitFor(isRead, { what: 'the process to read the endpoint: it gets only events that come after it' })
  await world.publish(messageEvent({ tenant: 'secretive' }))
  await world.attempt('of the secretive', ({ tenant }) => tenant === 'secretive')
  const lines = await waitFor(
    () => {
      const found = running.log.filter((line) => line.includes('delivery attempt'))
      return found.length > 0 && found
    },
    { what: 'the log line' },
  )
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    outcome: 'succeeded',
    status_code: 200,
    origin: new URL(receiver.url).origin,
  })
  expect(running.log.join('\n')).not.toMatch(/tell-nobody|\/webhooks|whsec_|mrs1\./)
  const metrics = await running.metrics()
  expect(metrics).toMatch(/millrace_delivery_attempts_total\{outcome="succeeded"[^}]*\} 1/)
  expect(metrics).toMatch(/millrace_delivery_attempt_duration_count\{outcome="succeeded"/)
  expect(metrics).toMatch(/millrace_delivery_oldest_undelivered\{cause="stuck"[^}]*\} 0/)
})

test('without keys it does not start, and says which setting is missing', async () => {
  world = await createWorld()
  receiver = await startReceiver({ secret: world.secret })
  const starting = runService({ name: 'delivery', env: { KAFKA_BROKERS: process.env.KAFKA_BROKERS ?? '' } })
  await expect(starting).rejects.toThrow('MILLRACE_SECRET_KEYS is not set')
})
