import {
  type Attributes,
  type BatchObservableResult,
  type Context,
  context,
  isSpanContextValid,
  type Link,
  metrics,
  ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { Headers } from './types.ts'

const tracer = trace.getTracer('@millrace/kafka')
const SECONDS = {
  unit: 's',
  advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
}

// Names: OpenTelemetry semantic conventions for messaging; millrace.* where they have none.
function createInstruments() {
  const meter = metrics.getMeter('@millrace/kafka')
  return {
    operationDuration: meter.createHistogram('messaging.client.operation.duration', {
      ...SECONDS,
      description: 'Time of one operation on the broker.',
    }),
    processDuration: meter.createHistogram('messaging.process.duration', {
      ...SECONDS,
      description: 'Time to process one record, or one batch in a transform.',
    }),
    sentMessages: meter.createCounter('messaging.client.sent.messages', {
      description: 'Records that the brokers acknowledged.',
    }),
    consumedMessages: meter.createCounter('messaging.client.consumed.messages', {
      description: 'Records handed to a consumer.',
    }),
    deadLetters: meter.createCounter('millrace.dead_letters', {
      description: 'Records sent to a dead-letter topic, by group and error code.',
    }),
    retries: meter.createCounter('millrace.record_retries', {
      description: 'Repeated tries of a record, by group and retry class.',
    }),
    erased: meter.createCounter('millrace.records_erased', {
      description:
        'Records that a group passed over (way read) or did not write (way write) because whom they are about was erased; group send where a service writes.',
    }),
    rebalances: meter.createCounter('millrace.consumer.rebalances', {
      description: 'Rebalances of a group that this member took part in, by group.',
    }),
    offsetGaps: meter.createCounter('millrace.offset_gaps', {
      description: 'Offsets skipped because retention had removed them before they were read.',
    }),
    batchRecords: meter.createHistogram('millrace.kafka.batch.records', {
      unit: '{record}',
      description: 'Records in one produce request.',
      advice: { explicitBucketBoundaries: [1, 2, 5, 10, 20, 50, 100, 200, 500] },
    }),
    queueRecords: meter.createObservableGauge('millrace.kafka.queue.records', {
      unit: '{record}',
      description: 'Records that were taken and are not acknowledged yet.',
    }),
    queueBytes: meter.createObservableGauge('millrace.kafka.queue.bytes', {
      unit: 'By',
      description: 'Bytes of the records that were taken and are not acknowledged yet.',
    }),
    queueAge: meter.createObservableGauge('millrace.kafka.queue.age', {
      unit: 's',
      description: 'How long the oldest record has been waiting for its produce request; 0 when none waits.',
    }),
    lag: meter.createObservableGauge('millrace.consumer.lag', {
      description:
        'Records between what a group has finished and the end, by partition that this process owns; 0 once it went to another.',
    }),
    age: meter.createObservableGauge('millrace.consumer.age', {
      unit: 's',
      description:
        'Time since the oldest record that a group has not finished was written (of one that was not fetched yet: since it was seen), by partition that this process owns; 0 when there is none.',
    }),
  }
}

let created: ReturnType<typeof createInstruments> | undefined
// Made at first use: the metrics API has no stand-in that turns real once a provider is set.
function instruments() {
  created ??= createInstruments()
  return created
}

export type Operation = 'send' | 'receive' | 'process' | 'commit'

const KINDS = {
  send: SpanKind.PRODUCER,
  receive: SpanKind.CLIENT,
  process: SpanKind.CONSUMER,
  commit: SpanKind.CLIENT,
}
const TYPES = { send: 'send', receive: 'receive', process: 'process', commit: 'settle' }
/** Links of one span at most; what a batch holds beyond it is found by its own spans. */
const MAX_LINKS = 32

export interface OperationDetail {
  readonly topic: string
  readonly group?: string
  readonly partition?: number
  readonly offset?: bigint
  readonly batch?: number
  readonly links?: readonly ReadonlyMap<string, Buffer>[]
}

function attributesOf(operation: Operation, detail: OperationDetail): Attributes {
  return {
    'messaging.system': 'kafka',
    'messaging.operation.name': operation,
    'messaging.operation.type': TYPES[operation],
    'messaging.destination.name': detail.topic,
    ...(detail.group === undefined ? {} : { 'messaging.consumer.group.name': detail.group }),
    ...(detail.partition === undefined ? {} : { 'messaging.destination.partition.id': String(detail.partition) }),
    ...(detail.offset === undefined ? {} : { 'messaging.kafka.offset': Number(detail.offset) }),
    ...(detail.batch === undefined ? {} : { 'messaging.batch.message_count': detail.batch }),
  }
}

/** By operation, topic and group, of which a process has few. */
const knownLabels = new Map<string, Attributes>()

function labelsOf(operation: Operation, { topic, group }: OperationDetail): Attributes {
  const name = group === undefined ? `${operation} ${topic}` : `${operation} ${topic} ${group}`
  const known = knownLabels.get(name)
  if (known !== undefined) return known
  // Frozen labels are found by their identity (service-kit, tallied metrics).
  const made = Object.freeze(attributesOf(operation, group === undefined ? { topic } : { topic, group }))
  knownLabels.set(name, made)
  return made
}

const destinations = new Map<string, Attributes>()

function destination(topic: string): Attributes {
  const known = destinations.get(topic)
  if (known !== undefined) return known
  const made = Object.freeze({ 'messaging.destination.name': topic })
  destinations.set(topic, made)
  return made
}

/** Runs `work` in a span named `{operation} {topic}`. A single record's producer is linked and, when processing one record, the parent. */
export async function traced<T>(
  operation: Operation,
  detail: OperationDetail,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const { links, parent = context.active() } = originsOf(detail.links)
  const attributes = attributesOf(operation, detail)
  const started = performance.now()
  return tracer.startActiveSpan(
    `${operation} ${detail.topic}`,
    { kind: KINDS[operation], attributes, links },
    parent,
    async (span) => {
      let failure: string | undefined
      try {
        return await work(span)
      } catch (error) {
        failure = nameOf(error)
        span.setAttribute('error.type', failure)
        span.setStatus({ code: SpanStatusCode.ERROR, message: failure })
        throw error
      } finally {
        const known = labelsOf(operation, detail)
        const labels = failure === undefined ? known : { ...known, 'error.type': failure }
        const { processDuration, operationDuration } = instruments()
        const histogram = operation === 'process' ? processDuration : operationDuration
        histogram.record((performance.now() - started) / 1_000, labels)
        span.end()
      }
    },
  )
}

const NO_TRACES = new ProxyTracerProvider().getDelegate()

/** Whether anybody has set up traces; where nobody has, making spans and contexts costs as much as sending a record. */
export function hasTraces(): boolean {
  const provider = trace.getTracerProvider()
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== NO_TRACES
}

/** Counts the time of an operation since `started` (`performance.now()`), as `traced` does. */
export function timed(operation: 'send', detail: OperationDetail, started: number, error?: unknown): void {
  const known = labelsOf(operation, detail)
  const labels = error === undefined ? known : { ...known, 'error.type': nameOf(error) }
  instruments().operationDuration.record((performance.now() - started) / 1_000, labels)
}

/** The contexts in which records were made, as links; a single one is the parent too, as the conventions allow. */
function originsOf(records: readonly ReadonlyMap<string, Buffer>[] = []): { links: Link[]; parent?: Context } {
  if (records.length === 0) return { links: [] }
  const remotes = records.slice(0, MAX_LINKS).map((headers) => remoteContext(headers))
  const links = remotes
    .flatMap((remote) => trace.getSpanContext(remote) ?? [])
    .map((spanContext) => ({ context: spanContext }))
  const [only] = remotes
  return remotes.length === 1 && only !== undefined ? { links, parent: only } : { links }
}

/** A span of a hand-over of fetched records to their group, from which on they wait to be processed. */
export function handOver(detail: OperationDetail, take: () => void): void {
  const { links, parent = ROOT_CONTEXT } = originsOf(detail.links)
  const attributes = attributesOf('receive', detail)
  const span = tracer.startSpan(`receive ${detail.topic}`, { kind: KINDS.receive, attributes, links }, parent)
  try {
    take()
  } finally {
    span.end()
  }
}

/** The spans of a batch's records, each in its record's own trace and linked to the batch's. */
export interface RecordSpans {
  /** Runs `work` in the span of the record at `offset`; as it is when that has none. */
  within<T>(offset: bigint | undefined, work: () => T): T
  end(): void
}

/**
 * One span covers a batch and belongs to no event's trace. Each record's own span leads that trace on, to what the outputs are handed to.
 * @param batch the span that covers all; without a tracer set up there are no spans to lead on
 */
export function spansOf(
  batch: Span,
  place: OperationDetail,
  records: readonly { readonly offset: bigint; readonly headers: ReadonlyMap<string, Buffer> }[],
): RecordSpans {
  const spans = new Map<bigint, Span>()
  if (records.length > 1 && isSpanContextValid(batch.spanContext())) {
    for (const { offset, headers } of records) {
      const { links, parent = ROOT_CONTEXT } = originsOf([headers])
      const attributes = attributesOf('process', { ...place, offset })
      const span = tracer.startSpan(
        `process ${place.topic}`,
        { kind: KINDS.process, attributes, links: [...links, { context: batch.spanContext() }] },
        parent,
      )
      spans.set(offset, span)
    }
  }
  return {
    within(offset, work) {
      const span = offset === undefined ? undefined : spans.get(offset)
      return span === undefined ? work() : context.with(trace.setSpan(context.active(), span), work)
    },
    end: () => {
      for (const span of spans.values()) span.end()
    },
  }
}

function nameOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'Unknown'
}

/** The sender's context; the root's when the record has none, never that of whatever happens to run. */
function remoteContext(headers: ReadonlyMap<string, Buffer>) {
  return propagation.extract(ROOT_CONTEXT, headers, {
    get: (carrier, key) => carrier.get(key)?.toString(),
    keys: (carrier) => [...carrier.keys()],
  })
}

/** Names the request that everything began with, also where no traces are kept. */
const WEBHOOK_ID = 'x-webhook-id'

/**
 * Adds the active trace to record headers. A record that another one caused stays in that one's trace: the active span is often that of a
 * whole batch, which belongs to no single trace. It also has that one's webhook id, unless it names its own.
 */
export function withTrace(headers: Headers | undefined, cause?: ReadonlyMap<string, Buffer>): Headers {
  const webhookId = cause?.get(WEBHOOK_ID)
  const carrier: Record<string, string | Buffer> = {
    ...(webhookId === undefined ? {} : { [WEBHOOK_ID]: webhookId }),
    ...headers,
  }
  const inherited = carrier.traceparent === undefined ? cause?.get('traceparent') : undefined
  if (cause === undefined || inherited === undefined || isInTraceOf(cause)) {
    propagation.inject(context.active(), carrier)
    return carrier
  }
  const state = cause.get('tracestate')
  return { ...carrier, traceparent: inherited, ...(state === undefined ? {} : { tracestate: state }) }
}

function isInTraceOf(cause: ReadonlyMap<string, Buffer>): boolean {
  const active = trace.getSpanContext(context.active())
  return active !== undefined && active.traceId === trace.getSpanContext(remoteContext(cause))?.traceId
}

/** Codes that any group's dead letters may have; those of a service's own errors appear with the first. */
const COMMON_DEAD_LETTERS = ['MR_KAFKA_HANDLER_BUG', 'MR_KAFKA_UNDECODABLE', 'MR_KAFKA_RETRIES_SPENT']

/** Calls `tell` at each look at the metrics, for records and the age of the oldest in seconds; answers how to stop that. */
export function observeLag(
  tell: (observe: (records: number, age: number, labels: Attributes) => void) => Promise<void>,
): () => void {
  const { lag, age } = instruments()
  const meter = metrics.getMeter('@millrace/kafka')
  const callback = (result: BatchObservableResult) =>
    tell((records, seconds, labels) => {
      result.observe(lag, records, labels)
      result.observe(age, seconds, labels)
    })
  meter.addBatchObservableCallback(callback, [lag, age])
  return () => meter.removeBatchObservableCallback(callback, [lag, age])
}

/** What waits for the brokers. */
export interface Queued {
  readonly records: number
  readonly bytes: number
  /** Milliseconds that the oldest record has been waiting for its request. */
  readonly oldestMs: number
}

/** Tells the queue at each look at the metrics; answers how to stop that. */
export function observeQueue(queued: () => Queued): () => void {
  const { queueRecords, queueBytes, queueAge } = instruments()
  const meter = metrics.getMeter('@millrace/kafka')
  const instrumentsOfQueue = [queueRecords, queueBytes, queueAge]
  const callback = (result: BatchObservableResult) => {
    const { records, bytes, oldestMs } = queued()
    result.observe(queueRecords, records)
    result.observe(queueBytes, bytes)
    result.observe(queueAge, oldestMs / 1_000)
  }
  meter.addBatchObservableCallback(callback, instrumentsOfQueue)
  return () => meter.removeBatchObservableCallback(callback, instrumentsOfQueue)
}

export const count = {
  batch: (records: number) => instruments().batchRecords.record(records),
  sent: (topic: string) => instruments().sentMessages.add(1, destination(topic)),
  consumed: (topic: string, group: string, records: number) =>
    instruments().consumedMessages.add(records, {
      'messaging.destination.name': topic,
      'messaging.consumer.group.name': group,
    }),
  /** Zeros at the start: a counter that begins with its first event looks to `rate` as if nothing had happened. */
  zeros: (group: string, topics: Iterable<{ readonly name: string }>) => {
    for (const { name } of topics) instruments().offsetGaps.add(0, { topic: name, group })
    instruments().rebalances.add(0, { group })
    for (const way of ['read', 'write']) instruments().erased.add(0, { group, way })
    for (const code of COMMON_DEAD_LETTERS) instruments().deadLetters.add(0, { group, code })
  },
  deadLetter: (group: string, code: string) => instruments().deadLetters.add(1, { group, code }),
  erased: (group: string, { records, outputs }: { readonly records: number; readonly outputs: number }) => {
    if (records > 0) instruments().erased.add(records, { group, way: 'read' })
    if (outputs > 0) instruments().erased.add(outputs, { group, way: 'write' })
  },
  rebalance: (group: string) => instruments().rebalances.add(1, { group }),
  retry: (group: string, kind: string) => instruments().retries.add(1, { group, kind }),
  gap: (topic: string, group: string, offsets: number) => instruments().offsetGaps.add(offsets, { topic, group }),
}
