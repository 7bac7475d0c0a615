import type { Topic } from '@millrace/schemas'
import { waitFor } from '@millrace/test-support'
import { context, metrics, propagation, type SpanContext, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Kafka, output, permanent, type RawRecord } from '../src/index.ts'
import { bytes, fill, gate } from './support/consuming.ts'
import { connectForTest, randomName, range, readAll, setUpTopics } from './support/kafka.ts'
import { bytesTopic } from './support/topics.ts'

const prefix = randomName()
const names = [
  'lagging',
  'spans',
  'failing',
  'failing.dlq.failing',
  'chain.in',
  'chain.out',
  'own.in',
  'own.out',
  'plain',
] as const
setUpTopics(
  prefix,
  names.map((name) => bytesTopic(name)),
)

const spans = new InMemorySpanExporter()
const points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 3_600_000 })
beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }))
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
})
afterAll(() => reader.shutdown())

const named = (name: string) => spans.getFinishedSpans().filter((span) => span.name === name)
const untilSpan = (name: string, count = 1): Promise<ReadableSpan[]> =>
  waitFor(() => named(name).length >= count && named(name), { what: `${count} spans "${name}"` })
/** A commit is acknowledged a little before what it wrote can be read. */
const untilReadable = (kafka: Kafka, topic: Topic<Buffer>, count: number): Promise<RawRecord[]> =>
  waitFor(
    async () => {
      const records = await readAll(kafka, topic)
      return records.length >= count && records
    },
    { what: `${count} records in ${topic.name}`, everyMs: 50 },
  )
const traceIdOf = (headers: ReadonlyMap<string, Buffer>) => String(headers.get('traceparent')).split('-')[1]

test('send, receive, process and commit are spans by the messaging conventions', async () => {
  const { kafka } = connectForTest({ prefix })
  const topic = bytesTopic('spans')
  const position = await kafka.send(topic, 'k', bytes('v'))
  const consumer = kafka.consume<Buffer>({ group: 'spans', topics: [topic], ordering: 'key', handle: async () => {} })
  await consumer.caughtUp()
  const common = { 'messaging.system': 'kafka', 'messaging.destination.name': 'spans' }
  const record = { 'messaging.destination.partition.id': '0', 'messaging.kafka.offset': Number(position.offset) }
  const group = { 'messaging.consumer.group.name': 'spans' }
  expect((await untilSpan('send spans'))[0]).toMatchObject({
    kind: SpanKind.PRODUCER,
    attributes: { ...common, ...record, 'messaging.operation.name': 'send', 'messaging.operation.type': 'send' },
  })
  expect((await untilSpan('receive spans'))[0]).toMatchObject({
    kind: SpanKind.CLIENT,
    attributes: {
      ...common,
      ...group,
      'messaging.destination.partition.id': '0',
      'messaging.batch.message_count': 1,
      'messaging.operation.name': 'receive',
      'messaging.operation.type': 'receive',
    },
  })
  expect((await untilSpan('process spans'))[0]).toMatchObject({
    kind: SpanKind.CONSUMER,
    attributes: {
      ...common,
      ...record,
      ...group,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
    },
  })
  expect((await untilSpan('commit spans'))[0]).toMatchObject({
    kind: SpanKind.CLIENT,
    attributes: { ...common, ...group, 'messaging.operation.name': 'commit', 'messaging.operation.type': 'settle' },
  })
})

test('the trace of a sender goes on in the handler, which is a child of the send and links it', async () => {
  const { kafka } = connectForTest({ prefix })
  const topic = bytesTopic('plain')
  let inHandler: SpanContext | undefined
  const consumer = kafka.consume<Buffer>({
    group: 'plain',
    topics: [topic],
    ordering: 'key',
    handle: async () => {
      inHandler = trace.getSpanContext(context.active())
    },
  })
  const sender = trace.getTracer('test').startSpan('request')
  await context.with(trace.setSpan(context.active(), sender), () => kafka.send(topic, 'k', bytes('v')))
  sender.end()
  await consumer.caughtUp()
  const [sent] = await untilSpan('send plain')
  const [processed] = await untilSpan('process plain')
  expect(inHandler?.traceId).toBe(sender.spanContext().traceId)
  expect(sent?.parentSpanContext?.spanId).toBe(sender.spanContext().spanId)
  expect(processed?.parentSpanContext?.spanId).toBe(sent?.spanContext().spanId)
  expect(processed?.links.map((link) => link.context.spanId)).toEqual([sent?.spanContext().spanId])
})

test('a failed try is a span with its error, and is counted with the dead letter', async () => {
  const { kafka } = connectForTest({ prefix })
  const topic = bytesTopic('failing')
  await kafka.send(topic, 'k', bytes('v'))
  const consumer = kafka.consume<Buffer>({
    group: 'failing',
    topics: [topic],
    ordering: 'key',
    handle: async () => {
      throw permanent('MR_TEST_NEVER', 'never')
    },
  })
  await consumer.caughtUp()
  expect((await untilSpan('process failing'))[0]).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'error.type': 'MR_TEST_NEVER' },
  })
  await reader.forceFlush()
  const found = points.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
  const valuesOf = (name: string) =>
    found
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes))
  expect(valuesOf('millrace.dead_letters')).toContainEqual({ group: 'failing', code: 'MR_TEST_NEVER' })
  // Zero from the start.
  expect(valuesOf('millrace.dead_letters')).toContainEqual({ group: 'failing', code: 'MR_KAFKA_UNDECODABLE' })
  expect(valuesOf('messaging.process.duration')).toContainEqual(
    expect.objectContaining({ 'error.type': 'MR_TEST_NEVER' }),
  )
  expect(valuesOf('messaging.client.sent.messages')).toContainEqual({ 'messaging.destination.name': 'failing' })
})

test('lag is what a group has not finished, of consumers and transforms alike', async () => {
  const { kafka } = connectForTest({ prefix })
  const topic = bytesTopic('lagging')
  await fill(kafka, topic, ['a:1', 'b:2', 'c:3'])
  const held = gate()
  const consumer = kafka.consume<Buffer>({
    group: 'lagging',
    topics: [topic],
    ordering: 'key',
    handle: () => held.opened,
  })
  const transform = kafka.transform<Buffer>({
    group: 'lagging.transform',
    from: [topic],
    apply: async () => {
      await held.opened
      return { outputs: [] }
    },
  })
  const lags = async () => {
    await reader.forceFlush()
    const last = points
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap((scope) => scope.metrics)
    const found = last?.find(({ descriptor }) => descriptor.name === 'millrace.consumer.lag')?.dataPoints ?? []
    return Object.fromEntries(
      found
        .filter(({ attributes }) => attributes.topic === 'lagging')
        .map(({ attributes, value }) => [`${attributes.group} ${attributes.partition}`, value]),
    )
  }
  const are = async (lag: number) => {
    const found = await lags()
    return found['lagging 0'] === lag && found['lagging.transform 0'] === lag
  }
  await waitFor(() => are(3), { what: 'a lag of three records' })
  held.open()
  await Promise.all([consumer.caughtUp(), transform.caughtUp()])
  expect(await lags()).toEqual({ 'lagging 0': 0, 'lagging.transform 0': 0 })
})

test('each output of a transform stays in the trace of the record that caused it, though one span covers the batch', async () => {
  const { kafka } = connectForTest({ prefix })
  const [from, into] = [bytesTopic('chain.in'), bytesTopic('chain.out')]
  await fill(
    kafka,
    from,
    range(5).map((n) => `k${n}:v`),
  )
  const running = kafka.transform<Buffer>({
    group: 'chain',
    from: [from],
    apply: async ({ records }) => ({
      outputs: records.map((record) => output({ topic: into, key: record.key, value: record.value, cause: record })),
    }),
  })
  await running.caughtUp()
  const traces = async (topic: typeof from) =>
    new Map((await untilReadable(kafka, topic, 5)).map(({ key, headers }) => [key, traceIdOf(headers)]))
  const [before, after] = [await traces(from), await traces(into)]
  expect(new Set(before.values()).size).toBe(5)
  expect(after).toEqual(before)
  const isBatch = ({ attributes }: ReadableSpan) => attributes['messaging.batch.message_count'] !== undefined
  const batches = await waitFor(() => named('process chain.in').filter(isBatch), { what: 'the batch span' })
  for (const { attributes, links } of batches) expect(attributes['messaging.batch.message_count']).toBe(links.length)
  const linked = batches.flatMap(({ links }) => links.map((link) => link.context.traceId))
  expect(new Set(linked)).toEqual(new Set(before.values()))
})

test('each record of a batch has a span in its own trace, linked to the batch, from which its outputs go on', async () => {
  const { kafka } = connectForTest({ prefix })
  const [from, into] = [bytesTopic('own.in'), bytesTopic('own.out')]
  await fill(kafka, from, ['a:1', 'b:2', 'c:3'])
  const running = kafka.transform<Buffer>({
    group: 'own',
    from: [from],
    apply: async ({ records }) => ({
      outputs: records.map((record) => output({ topic: into, key: record.key, value: record.value, cause: record })),
    }),
  })
  await running.caughtUp()
  // A batch that fails for a passing reason is repeated: the last one was committed.
  const batch = await waitFor(
    () => named('process own.in').findLast(({ attributes }) => attributes['messaging.batch.message_count'] === 3),
    { what: 'one batch of three' },
  )
  const isOfBatch = ({ links }: ReadableSpan) =>
    links.some((link) => link.context.spanId === batch.spanContext().spanId)
  const own = named('process own.in').filter(isOfBatch)
  const sends = new Map(named('send own.in').map((span) => [span.spanContext().spanId, span]))
  expect(own).toHaveLength(3)
  for (const span of own) {
    const sent = sends.get(span.parentSpanContext?.spanId ?? '')
    expect(sent?.spanContext().traceId).toBe(span.spanContext().traceId)
  }
  const parents = (await untilReadable(kafka, into, 3)).map(
    ({ headers }) => String(headers.get('traceparent')).split('-')[2],
  )
  expect(new Set(parents)).toEqual(new Set(own.map((span) => span.spanContext().spanId)))
})
