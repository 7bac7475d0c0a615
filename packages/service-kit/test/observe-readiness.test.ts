import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { createChecks } from '../src/checks.ts'
import { observeReadiness } from '../src/observe-readiness.ts'

test('each part that the service needs is 1 while it is ready, and one that it can do without is not told', async () => {
  const points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 3_600_000 })
  const checks = createChecks()
  checks.add({ name: 'kafka', ready: () => true })
  checks.add({ name: 'redis', ready: () => 'no answer' })
  checks.add({ name: 'front', ready: () => false, isOptional: true })
  checks.add({ name: 'loop', live: () => true })
  observeReadiness(new MeterProvider({ readers: [reader] }).getMeter('test'), checks)
  await reader.forceFlush()
  const [metric] = points.getMetrics()[0]?.scopeMetrics[0]?.metrics ?? []
  expect(metric?.dataPoints.map(({ attributes, value }) => [attributes, value])).toEqual([
    [{ check: 'kafka' }, 1],
    [{ check: 'redis' }, 0],
  ])
  await reader.shutdown()
})
