import { topics } from '@millrace/schemas'
import { type ExportedSpan, freshSamples, waitFor } from '@millrace/test-support'
import { beforeAll, describe, expect, test } from 'vitest'
import { addReceiver } from '../support/receivers.ts'
import type { UseSystem } from '../support/test-system.ts'

const SERVER = 2
const CLIENT = 3
const CONSUMER = 5

/** What one event's trace must hold: the service, the kind of span, and its name. */
const ways: readonly (readonly [string, number, string])[] = [
  ['dedup', CONSUMER, `process ${topics.received.name}`],
  ['conversation-refresh', CONSUMER, `process ${topics.events.name}`],
  ['knowledge-graph', CONSUMER, `process ${topics.events.name}`],
  ['delivery', CONSUMER, `process ${topics.events.name}`],
  ['delivery', CONSUMER, `process ${topics.requested.name}`],
  ['delivery', CLIENT, 'POST'],
]

export function traces(use: UseSystem): void {
  describe('the trace of one event', () => {
    let spans: readonly ExportedSpan[] = []

    beforeAll(async () => {
      const system = use()
      const sample = freshSamples().find(({ scheme }) => scheme === 'app')
      const { body = Buffer.alloc(0), conversationId, eventId } = sample ?? {}
      const { receiver } = await addReceiver(system, {
        types: 'message.received,comment.added',
        conversationId: conversationId ?? '',
      })
      const answer = await system.postFront(body, 'app')
      const webhookId = answer.headers.get('x-webhook-id')
      const [stored] = await system.topics.wait(topics.received, ({ value }) => value.webhook_id === webhookId)
      await system.topics.wait(topics.attempts, ({ value }) => value.event_id === eventId)
      const traceId = stored?.headers.traceparent?.split('-')[1]
      const ofTrace = () => system.telemetry.spans().filter((span) => span.traceId === traceId)
      // Each service exports when it likes: the first span of the way may come last.
      const isWhole = (way: (typeof ways)[number]) => {
        const found = ofTrace().filter((span) => isOn(span, way))
        return found.length > 0 && found.every((span) => rootOf(span, ofTrace())?.kind === SERVER)
      }
      await waitFor(() => ways.every(isWhole), { what: 'the spans of the whole way' }).catch(() => {})
      spans = ofTrace()
      await receiver.close()
    })

    test('begins with the request to the gateway, a root of its own', () => {
      const roots = spans.filter(({ parentSpanId }) => parentSpanId === '')
      expect(roots.map(({ service, kind, name }) => [service, kind, name])).toEqual([
        ['gateway', SERVER, 'POST /api/webhooks/front'],
      ])
    })

    test.each(ways)('leads through %s (kind %i, %s) and from there back to the request', (...way) => {
      const found = spans.filter((span) => isOn(span, way))
      expect(found).not.toEqual([])
      for (const span of found) expect(rootOf(span, spans)?.kind).toBe(SERVER)
    })

    test('links each record that is processed to the span that stored it', () => {
      const processed = spans.filter(({ kind }) => kind === CONSUMER)
      for (const { links, parentSpanId } of processed) expect(links.map(({ spanId }) => spanId)).toContain(parentSpanId)
    })

    test('is led to by an exemplar in the gateway’s metrics', async () => {
      const accept = 'application/openmetrics-text;version=1.0.0'
      const page = await fetch(`${use().service('gateway').adminUrl}/metrics`, { headers: { accept } })
      const found = [
        ...(await page.text()).matchAll(/^millrace_gateway_acknowledge_duration_bucket.* # \{trace_id="(\w+)"/gm),
      ]
      const told = found.map(([, traceId = '']) => traceId)
      const exported = () =>
        new Set(
          use()
            .telemetry.spans()
            .map(({ traceId }) => traceId),
        )
      // An export that failed comes again later than those after it.
      await waitFor(() => told.every((traceId) => exported().has(traceId)), { what: 'their traces' }).catch(() => {})
      expect(found).not.toEqual([])
      for (const traceId of told) expect(exported()).toContain(traceId)
    })

    test('tells of the customer no more than host, address and port, and of the try where its time went', () => {
      const [posted] = spans.filter((span) => isOn(span, ['delivery', CLIENT, 'POST']))
      const names = Object.keys(posted?.attributes ?? {}).toSorted()
      const isStep = (name: string) => /^millrace\.try\.(dns|connect|tls|first_byte)_ms$/.test(name)
      expect(names.filter(isStep)).toContain('millrace.try.first_byte_ms')
      expect(names.filter((name) => !isStep(name))).toEqual([
        'http.request.method',
        'http.response.status_code',
        'millrace.try.phase',
        'millrace.try.reused_connection',
        'network.peer.address',
        'server.address',
        'server.port',
        'url.scheme',
      ])
    })
  })
}

function isOn({ service, kind, name }: ExportedSpan, way: (typeof ways)[number]): boolean {
  return way[0] === service && way[1] === kind && way[2] === name
}

function rootOf(span: ExportedSpan, spans: readonly ExportedSpan[]): ExportedSpan | undefined {
  let at: ExportedSpan | undefined = span
  for (let steps = 0; at !== undefined && at.parentSpanId !== '' && steps < 50; steps++) {
    const { parentSpanId }: ExportedSpan = at
    at = spans.find(({ spanId }) => spanId === parentSpanId)
  }
  return at
}
