import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { afterAll, expect, test, vi } from 'vitest'
import { startLag } from '../../src/lag.ts'
import { createMemoryCluster } from '../../src/memory/index.ts'

// Instruments are made once in a process, so all tests share their reader.
const points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 3_600_000 })
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
afterAll(() => reader.shutdown())

/** Two records in partition 0 and one in partition 1. */
async function filledTopic() {
  const { port } = createMemoryCluster()
  const admin = port.admin()
  await admin.createTopics([{ name: 'p.t', partitions: 2, replication: 1, configs: {} }])
  const record = (partition: number) => ({ topic: 'p.t', partition, key: null, value: null, headers: {} })
  await port.producer().append([record(0), record(0), record(1)])
  return { admin, sources: new Map([['p.t', { name: 't' }]]) }
}

async function told(metric: string, group: string) {
  await reader.forceFlush()
  const last = points
    .getMetrics()
    .at(-1)
    ?.scopeMetrics.flatMap((scope) => scope.metrics)
  const found = last?.find(({ descriptor }) => descriptor.name === metric)?.dataPoints ?? []
  return found.flatMap(({ attributes, value }) => (attributes.group === group ? [{ ...attributes, value }] : []))
}

test('a partition that went to another process leaves no lag behind', async () => {
  let owned = [0, 1]
  const stop = startLag({
    ...(await filledTopic()),
    group: 'g',
    positions: () => owned.map((partition) => ({ topic: 'p.t', partition, next: 0n })),
  })
  const lags = () => told('millrace.consumer.lag', 'g')
  const labels = { group: 'g', topic: 't' }
  expect(await lags()).toEqual([
    { ...labels, partition: 0, value: 2 },
    { ...labels, partition: 1, value: 1 },
  ])
  owned = [1]
  expect(await lags()).toEqual([
    { ...labels, partition: 0, value: 0 },
    { ...labels, partition: 1, value: 1 },
  ])
  stop()
})

test('the age is that of the record that is due, else of the wait for it, and 0 once there is none', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  let position: { next: bigint; writtenAt?: number } = { next: 0n, writtenAt: 940_000 }
  const stop = startLag({
    ...(await filledTopic()),
    group: 'h',
    positions: () => [{ topic: 'p.t', partition: 0, ...position }],
  })
  const age = async () => (await told('millrace.consumer.age', 'h'))[0]?.value
  expect(await age()).toBe(60)
  position = { next: 1n }
  expect(await age()).toBe(0)
  vi.setSystemTime(1_030_000)
  expect(await age()).toBe(30)
  position = { next: 2n }
  expect(await age()).toBe(0)
  vi.useRealTimers()
  stop()
})
