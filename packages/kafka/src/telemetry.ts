import {
  type Attributes,
  context,
  metrics,
  type ObservableResult,
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
    offsetGaps: meter.createCounter('millrace.offset_gaps', {
      description: 'Offsets skipped because retention had removed them before they were read.',
    }),
    lag: meter.createObservableGauge('millrace.consumer.lag', {
      description:
        'Records between what a group has finished and the end, by partition that this process owns; 0 once it went to another.',
    }),
  }
}

let created: ReturnType<typeof createInstruments> | undefined
// Made at first use: the metrics API has no stand-in that turns real once a provider is set.
function instruments() {
  created ??= createInstruments()
  return created
}

export type Operation = 'send' | 'process' | 'commit'

const KINDS = { send: SpanKind.PRODUCER, process: SpanKind.CONSUMER, commit: SpanKind.CLIENT }
const TYPES = { send: 'send', process: 'process', commit: 'settle' }

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

/** Runs `work` in a span named `{operation} {topic}`. A single record's producer is linked and, when processing one record, the parent. */
export async function traced<T>(
  operation: Operation,
  detail: OperationDetail,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const remotes = (detail.links ?? []).slice(0, 32).map((headers) => remoteContext(headers))
  const links = remotes
    .flatMap((remote) => trace.getSpanContext(remote) ?? [])
    .map((spanContext) => ({ context: spanContext }))
  const parent = remotes.length === 1 && remotes[0] !== undefined ? remotes[0] : context.active()
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
        const labels: Attributes = {
          ...attributesOf(operation, {
            topic: detail.topic,
            ...(detail.group === undefined ? {} : { group: detail.group }),
          }),
        }
        if (failure !== undefined) labels['error.type'] = failure
        const { processDuration, operationDuration } = instruments()
        const histogram = operation === 'process' ? processDuration : operationDuration
        histogram.record((performance.now() - started) / 1_000, labels)
        span.end()
      }
    },
  )
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

/** Calls `tell` at each look at the metrics; answers how to stop that. */
export function observeLag(
  tell: (observe: (records: number, labels: Attributes) => void) => Promise<void>,
): () => void {
  const { lag } = instruments()
  const callback = (result: ObservableResult) => tell((records, labels) => result.observe(records, labels))
  lag.addCallback(callback)
  return () => lag.removeCallback(callback)
}

export const count = {
  sent: (topic: string) => instruments().sentMessages.add(1, { 'messaging.destination.name': topic }),
  consumed: (topic: string, group: string, records: number) =>
    instruments().consumedMessages.add(records, {
      'messaging.destination.name': topic,
      'messaging.consumer.group.name': group,
    }),
  /** Zeros at the start: a counter that begins with its first event looks to `rate` as if nothing had happened. */
  noDeadLetters: (group: string) => {
    for (const code of COMMON_DEAD_LETTERS) instruments().deadLetters.add(0, { group, code })
  },
  deadLetter: (group: string, code: string) => instruments().deadLetters.add(1, { group, code }),
  retry: (group: string, kind: string) => instruments().retries.add(1, { group, kind }),
  gap: (topic: string, group: string, offsets: number) => instruments().offsetGaps.add(offsets, { topic, group }),
}
