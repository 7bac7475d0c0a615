import { randomBytes } from 'node:crypto'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { freePort } from '@millrace/local'
import { topics } from '@millrace/schemas'
import {
  FRONT_PATH,
  patient,
  quietLog,
  runService,
  type ServiceProcess,
  startBalancer,
  startSteadySender,
  waitFor,
} from '@millrace/test-support'
import { afterEach, expect, test } from 'vitest'
import { secrets } from './support/installation.ts'

const prefix = `t${randomBytes(4).toString('hex')}.`
const { KAFKA_BROKERS = '', REDIS_URL = '' } = process.env

/** Processes start slowly where others want the processor too. */
const START_WITHIN_MS = 60_000

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})

async function start(): Promise<{ service: ServiceProcess; port: number }> {
  const port = await freePort()
  const service = await runService({
    name: 'gateway',
    readyWithinMs: START_WITHIN_MS,
    env: {
      KAFKA_BROKERS,
      REDIS_URL,
      KAFKA_PREFIX: prefix,
      REDIS_PREFIX: prefix,
      WEBHOOK_SECRET: secrets.front,
      GATEWAY_PORT: String(port),
      GATEWAY_RATE_PER_ADDRESS: '0',
      // Long enough for the balancer to notice on a busy machine, and for every kept connection to be told that it ends.
      GATEWAY_DRAIN_MS: '4000',
      LOG_LEVEL: 'warn',
    },
  })
  open.push(() => service.stop())
  return { service, port }
}

test('gateways restarted in turn behind a balancer that follows their readiness fail no request and lose none', async () => {
  const kafka = connectKafka({ ...patient, brokers: KAFKA_BROKERS.split(','), clientId: 'test', log: quietLog, prefix })
  open.push(() => kafka.close())
  await kafka.ensureTopics([topics.received], { eventPartitions: 4, replication: 1 })
  const gateways = await Promise.all([start(), start()])
  const balancer = await startBalancer(
    gateways.map(({ service, port }) => ({ port, readyUrl: `${service.adminUrl}/readyz` })),
  )
  open.push(() => balancer.close())
  const sender = startSteadySender({ port: balancer.port, path: FRONT_PATH, secret: secrets.front, rate: 80 })
  open.push(async () => void (await sender.stop()))
  for (const { service } of gateways) {
    await service.stop(START_WITHIN_MS)
    expect(service.ended).toBe(0)
    await service.start()
    await waitFor(() => balancer.ready() === gateways.length, {
      what: 'both to be ready',
      deadlineMs: START_WITHIN_MS,
      everyMs: 20,
    })
  }
  const { acknowledged, failures } = await sender.stop()
  expect(failures).toEqual({})
  expect(acknowledged.length).toBeGreaterThan(100)
  expect(await missing(kafka, acknowledged)).toEqual([])
}, 240_000)

/** Those that are not in the topic. */
async function missing(kafka: Kafka, ids: readonly string[]): Promise<string[]> {
  const stored = new Set<string | undefined>()
  for await (const record of kafka.read(topics.received, { from: 'beginning', untilEnd: true })) {
    stored.add(kafka.decode(topics.received, record)?.webhook_id)
  }
  return ids.filter((id) => !stored.has(id))
}
