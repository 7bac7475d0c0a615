import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Posted } from './tried.ts'

const tracer = trace.getTracer('@millrace/delivery')

/**
 * Runs one HTTP try in a client span (semantic conventions for HTTP). Of the URL it has host and port alone, because path and query may be what
 * protects the endpoint. The customer gets no `traceparent`: our traces are not theirs.
 */
export function inClientSpan(url: string, work: () => Promise<Posted>): Promise<Posted> {
  const attributes = { 'http.request.method': 'POST', ...addressOf(url) }
  return tracer.startActiveSpan('POST', { kind: SpanKind.CLIENT, attributes }, async (span) => {
    try {
      const posted = await work()
      if (span.isRecording()) span.setAttributes(stepsOf(posted))
      if (posted.statusCode !== null) span.setAttribute('http.response.status_code', posted.statusCode)
      if (posted.errorCode !== null) {
        span.setAttribute('error.type', posted.errorCode)
        span.setStatus({ code: SpanStatusCode.ERROR, message: posted.errorCode })
      }
      return posted
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  })
}

/** Where the time went, so that a slow try explains itself. */
function stepsOf(posted: Posted) {
  const { phase, address, isReused, dnsMs, connectMs, tlsMs, firstByteMs } = posted
  const steps = { dns: dnsMs, connect: connectMs, tls: tlsMs, first_byte: firstByteMs }
  const taken = Object.entries(steps).flatMap(([step, ms]) => (ms === null ? [] : [[`millrace.try.${step}_ms`, ms]]))
  const peer = address === null ? {} : { 'network.peer.address': address }
  return {
    'millrace.try.phase': phase,
    'millrace.try.reused_connection': isReused,
    ...peer,
    ...Object.fromEntries(taken),
  }
}

function addressOf(text: string) {
  const url = URL.parse(text)
  if (url === null) return {}
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  return { 'url.scheme': url.protocol.slice(0, -1), 'server.address': url.hostname, 'server.port': port }
}
