import { hasTraces, type Log } from '@millrace/kafka'
import type { Source } from '@millrace/service-kit'
import {
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  type Meter,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { Exchange } from './exchange.ts'
import { createLabels } from './labels.ts'
import type { ByteBudget } from './read-body.ts'
import type { Tally } from './tally.ts'

export interface ObserverOptions {
  readonly meter: Meter
  readonly log: Log
  readonly tally: Tally
  readonly budget: ByteBudget
}

export type RequestFacts = Pick<Exchange, 'request' | 'response' | 'webhookId' | 'route' | 'address' | 'source'>

/** Tells what became of each request: one log line, the counters and one span. */
export interface Observer {
  /** Its end is noticed by itself: when the answer has been written, or the caller has gone. */
  begin(facts: RequestFacts): Exchange
  /** Seconds that a verification took, whatever its outcome. */
  verified(source: Source, seconds: number): void
  /** Milliseconds from the signed time of a proven request to its receipt; negative when the sender's clock is ahead. */
  signedBefore(source: Source, ms: number): void
  /** A connection that was refused before there was a request. */
  refusedConnection(rule: string): void
}

const tracer = trace.getTracer('@millrace/gateway')
const SECONDS = {
  unit: 's',
  advice: { explicitBucketBoundaries: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30] },
}
/** nginx's word for a caller that hung up; it never travels. */
const CLIENT_GONE = 499

export function createObserver({ meter, log, tally, budget }: ObserverOptions): Observer {
  const requests = meter.createCounter('millrace.gateway.requests', {
    description: 'Requests by source, status and, for refusals, the rule that was broken.',
  })
  const events = meter.createCounter('millrace.gateway.events', { description: 'Events stored in Kafka, by source.' })
  const bytes = meter.createCounter('millrace.gateway.bytes', {
    unit: 'By',
    description: 'Bytes of bodies, by source.',
  })
  const duration = meter.createHistogram('http.server.request.duration', {
    ...SECONDS,
    description: 'Time from a request’s headers to the end of its answer.',
  })
  const acknowledged = meter.createHistogram('millrace.gateway.acknowledge.duration', {
    ...SECONDS,
    description: 'Time until an accepted webhook was acknowledged (or, synchronous, answered).',
  })
  const verification = meter.createHistogram('millrace.gateway.verification.duration', {
    ...SECONDS,
    description: 'Time of one signature check.',
  })

  const skew = meter.createHistogram('millrace.gateway.freshness.skew', {
    unit: 's',
    advice: { explicitBucketBoundaries: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300] },
    description: 'How far the signed time of proven requests lies from their receipt, by source and direction.',
  })

  const ofSource = createLabels((source: string) => ({ source }))
  const ofRequest = createLabels((source: string, status: number, rule: string) => ({ source, status, rule }))
  const ofRoute = createLabels((method: string, route: string, status: number) => ({
    'http.request.method': method,
    'http.route': route,
    'http.response.status_code': status,
  }))
  const ofSkew = createLabels((source: string, direction: string) => ({ source, direction }))

  const end = (exchange: Exchange) => {
    const { request, response } = exchange
    budget.give(exchange.bytesInHand)
    const isSent = response.writableFinished
    const status = isSent ? response.statusCode : CLIENT_GONE
    if (!isSent) exchange.rule = 'hung-up'
    const seconds = (performance.now() - exchange.startedAt) / 1_000
    const source = exchange.source?.name ?? 'none'
    requests.add(1, ofRequest(source, status, exchange.rule ?? ''))
    if (exchange.positions > 0) events.add(exchange.positions, ofSource(source))
    if (exchange.bytes > 0) bytes.add(exchange.bytes, ofSource(source))
    tally.add(exchange)
    withinSpan(exchange.span, () => {
      duration.record(seconds, ofRoute(request.method ?? '', exchange.route ?? '', status))
      if (status < 300 && exchange.source !== undefined && exchange.events > 0)
        acknowledged.record(seconds, ofSource(source))
      const line = lineOf(exchange, status, seconds)
      log.info(line, exchange.rule === undefined ? 'request' : 'request refused')
      // Besides the request's own line: the log holds back repeats of a warning, and of those lines none may be missing.
      if (status >= 500) log.warn(line, 'request failed')
    })
    endSpan(exchange, status)
  }

  return {
    begin(facts) {
      const exchange = newExchange(facts)
      facts.response.once('close', () => end(exchange))
      return exchange
    },
    verified: (source, seconds) => verification.record(seconds, ofSource(source.name)),
    signedBefore: (source, ms) => skew.record(Math.abs(ms) / 1_000, ofSkew(source.name, ms < 0 ? 'ahead' : 'behind')),
    refusedConnection: (rule) => requests.add(1, { source: 'none', status: 0, rule }),
  }
}

function newExchange(facts: RequestFacts): Exchange {
  return {
    ...facts,
    receivedAt: Date.now(),
    startedAt: performance.now(),
    span: startSpan(facts),
    headers: undefined,
    scheme: undefined,
    secretId: undefined,
    code: undefined,
    rule: undefined,
    bytes: 0,
    events: 0,
    isHandshake: false,
    positions: 0,
    bytesInHand: 0,
  }
}

function lineOf(exchange: Exchange, status: number, seconds: number): object {
  const { webhookId, source, scheme, secretId, code, rule, bytes, events, positions } = exchange
  const refusal = rule === undefined ? {} : { rule, code }
  return {
    webhook_id: webhookId,
    method: exchange.request.method,
    route: exchange.route ?? null,
    source: source?.name ?? null,
    scheme: scheme ?? null,
    secret_id: secretId ?? null,
    status,
    ...refusal,
    bytes,
    ms: Math.round(seconds * 10_000) / 10,
    events,
    positions,
    address: exchange.address,
  }
}

/** Where nobody has set up traces; what would be in the span is not even put together. */
const NO_SPAN = trace.wrapSpanContext(INVALID_SPAN_CONTEXT)

/** A trace of its own: callers are strangers, so theirs is linked to, not continued (semantic conventions for HTTP server spans). */
function startSpan({ request, route, address, webhookId }: RequestFacts): Span {
  if (!hasTraces()) return NO_SPAN
  const method = request.method ?? ''
  return tracer.startSpan(route === undefined ? method : `${method} ${route}`, {
    kind: SpanKind.SERVER,
    root: true,
    links: 'traceparent' in request.headers ? linkTo(propagation.extract(context.active(), request.headers)) : [],
    attributes: {
      'http.request.method': method,
      'url.scheme': 'encrypted' in request.socket ? 'https' : 'http',
      'url.path': route ?? '',
      'network.protocol.version': request.httpVersion,
      'client.address': address,
      'millrace.webhook_id': webhookId,
      ...(route === undefined ? {} : { 'http.route': route }),
    },
  })
}

/** Runs `work` with the span as the active one; where there are no traces, without making a context for it. */
export function withinSpan<T>(span: Span, work: () => T): T {
  return span === NO_SPAN ? work() : context.with(trace.setSpan(context.active(), span), work)
}

function linkTo(remote: Context) {
  const spanContext = trace.getSpanContext(remote)
  return spanContext === undefined ? [] : [{ context: spanContext }]
}

function endSpan({ span, source, scheme, rule, bytes, events }: Exchange, status: number): void {
  if (span === NO_SPAN) return
  if (span.isRecording()) {
    span.setAttributes({
      'http.response.status_code': status,
      'http.request.body.size': bytes,
      'millrace.source': source?.name ?? '',
      'millrace.scheme': scheme ?? '',
      'millrace.events': events,
      ...(rule === undefined ? {} : { 'error.type': rule }),
    })
  }
  if (status >= 500 || status === CLIENT_GONE) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}
