import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { startLag } from '../../src/lag.ts'
import { createMemoryCluster } from '../../src/memory/index.ts'

test('a partition that went to another process leaves no lag behind', async () => {
  const points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 3_600_000 })
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  const { port } = createMemoryCluster()
  const admin = port.admin()
  await admin.createTopics([{ name: 'p.t', partitions: 2, replication: 1, configs: {} }])
  const record = (partition: number) => ({ topic: 'p.t', partition, key: null, value: null, headers: {} })
  await port.producer().append([record(0), record(0), record(1)])
  let owned = [0, 1]
  const stop = startLag({
    admin,
    group: 'g',
    sources: new Map([['p.t', { name: 't' }]]),
    positions: () => owned.map((partition) => ({ topic: 'p.t', partition, next: 0n })),
  })
  const lags = async () => {
    await reader.forceFlush()
    const last = points
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap((scope) => scope.metrics)
    const found = last?.find(({ descriptor }) => descriptor.name === 'millrace.consumer.lag')?.dataPoints ?? []
    return found.map(({ attributes, value }) => ({ ...attributes, value }))
  }
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
  await reader.shutdown()
})
