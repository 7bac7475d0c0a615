import { context, metrics, type SpanContext, TraceFlags, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createExemplars } from '../src/exemplars.ts'
import { toOpenMetrics, wantsOpenMetrics } from '../src/open-metrics.ts'

const prometheus = new PrometheusExporter({ preventServerStart: true })
const provider = new MeterProvider({ readers: [prometheus] })
const exemplars = createExemplars()
const meter = exemplars.over(provider).getMeter('test')
const span = (traceFlags: TraceFlags): SpanContext => ({
  traceId: 'a'.repeat(31) + traceFlags,
  spanId: 'b'.repeat(16),
  traceFlags,
})
const within = (flags: TraceFlags, work: () => void) =>
  context.with(trace.setSpanContext(context.active(), span(flags)), work)

let text = ''
beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const histogram = meter.createHistogram('a.duration', { unit: 's', advice: { explicitBucketBoundaries: [0.1, 1] } })
  within(TraceFlags.SAMPLED, () => histogram.record(0.5, { 'http.route': '/a"b', status: 200 }))
  within(TraceFlags.NONE, () => histogram.record(0.05, { 'http.route': '/a"b', status: 200 }))
  within(TraceFlags.SAMPLED, () => histogram.record(7, { status: 500 }))
  histogram.record(0.01)
  meter.createCounter('a.requests').add(2, { source: 'x' })
  meter.createGauge('a.depth').record(3)
  const serializer = new PrometheusSerializer('', false, undefined, false, true)
  text = toOpenMetrics(serializer.serialize((await prometheus.collect()).resourceMetrics), exemplars)
})
afterAll(async () => {
  context.disable()
  metrics.disable()
  await provider.shutdown()
})

test('a measurement in a sampled trace is the exemplar of its bucket, and of no other', () => {
  const withExemplar = text.split('\n').filter((line) => line.includes(' # {'))
  expect(withExemplar).toEqual([
    expect.stringMatching(
      /^a_duration_bucket\{http_route="\/a\\"b",status="200",le="1\.0"\} 2 # \{trace_id="a{31}1",span_id="b{16}"\} 0\.5 \d+\.\d{3}$/,
    ),
    expect.stringMatching(/^a_duration_bucket\{status="500",le="\+Inf"\} 1 # \{.*\} 7 \d+\.\d{3}$/),
  ])
})

test('counters’ families lose _total, units are left out, and the end is marked', () => {
  expect(text).toContain('# TYPE a_requests counter\na_requests_total{source="x"} 2\n')
  expect(text).toContain('# TYPE a_depth gauge\na_depth 3\n')
  expect(text).not.toContain('# UNIT')
  expect(text.endsWith('\n# EOF\n')).toBe(true)
})

test('only a scraper that asks for OpenMetrics gets it', () => {
  const prometheusAsks = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1'
  expect([prometheusAsks, '*/*', undefined].map(wantsOpenMetrics)).toEqual([true, false, false])
})
