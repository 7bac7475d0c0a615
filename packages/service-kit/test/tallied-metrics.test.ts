import type { Attributes, Meter } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTalliedMetrics } from '../src/tallied-metrics.ts'

const resource = resourceFromAttributes({})

/** What a scrape shows after `work`, by the SDK's own instruments or by tallied ones. */
async function scraped(isTallied: boolean, work: (meter: Meter) => void): Promise<string[]> {
  const tallied = createTalliedMetrics(resource)
  const prometheus = new PrometheusExporter({ preventServerStart: true, metricProducers: isTallied ? [tallied] : [] })
  const provider = new MeterProvider({ resource, readers: [prometheus] })
  work((isTallied ? tallied.over(provider) : provider).getMeter('test', '1'))
  const serializer = new PrometheusSerializer('', false, undefined, true, true)
  const text = serializer.serialize((await prometheus.collect()).resourceMetrics)
  await provider.shutdown()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .sort()
}

const labels: readonly (Attributes | undefined)[] = [
  undefined,
  {},
  { source: 'a', status: 200 },
  { status: 200, source: 'a' },
  { source: 'a', status: '200' },
  Object.freeze({ source: 'a', status: 200 }),
  Object.freeze({ source: 'b"', isLate: true }),
]
const measurement = fc.record({
  instrument: fc.constantFrom('a.count', 'a.duration', 'a.size'),
  // Whole quarters, whose sums do not depend on their order.
  value: fc.integer({ min: 0, max: 60_000 }).map((quarters) => quarters / 4),
  labels: fc.constantFrom(...labels),
})

test('a scrape shows what it shows of the SDK’s own instruments', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(measurement, { maxLength: 60 }), async (measurements) => {
      const work = (meter: Meter) => {
        const counter = meter.createCounter('a.count', { description: 'Counts.' })
        const duration = meter.createHistogram('a.duration', {
          unit: 's',
          advice: { explicitBucketBoundaries: [0.25, 1, 5, 100] },
        })
        const size = meter.createHistogram('a.size', { description: 'Sizes.', unit: 'By' })
        meter.createGauge('a.depth').record(3)
        for (const { instrument, value, labels } of measurements) {
          if (instrument === 'a.count') counter.add(value, labels)
          else if (instrument === 'a.duration') duration.record(value, labels)
          else if (instrument === 'a.size') size.record(value, labels)
        }
      }
      expect(await scraped(true, work)).toEqual(await scraped(false, work))
    }),
    { numRuns: 150 },
  )
})

test('two scrapes count on, and a counter that is made twice is one', async () => {
  const tallied = createTalliedMetrics(resource)
  const meter = tallied.over(new MeterProvider({ resource })).getMeter('test')
  meter.createCounter('a.count').add(1)
  await tallied.collect()
  meter.createCounter('a.count').add(2)
  const { resourceMetrics } = await tallied.collect()
  expect(resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints).toMatchObject([{ value: 3, attributes: {} }])
})

test('series are bounded: what is beyond is one series of its own', async () => {
  const tallied = createTalliedMetrics(resource)
  const counter = tallied.over(new MeterProvider({ resource })).getMeter('test').createCounter('a.count')
  for (let n = 0; n < 2_500; n++) counter.add(1, { n })
  const { resourceMetrics } = await tallied.collect()
  const points = resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints ?? []
  expect(points).toHaveLength(2_000)
  expect(points.at(-1)).toMatchObject({ attributes: { 'otel.metric.overflow': true }, value: 501 })
})

test('what cannot be counted is dropped', async () => {
  const work = (meter: Meter) => {
    meter.createCounter('a.count').add(-1)
    for (const value of [-1, Number.NaN]) meter.createHistogram('a.size').record(value)
  }
  expect(await scraped(true, work)).toEqual(['# no registered metrics'])
})
