import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An OpenTelemetry collector that keeps the bytes of every export. */
export interface TelemetrySink {
  readonly url: string
  /** All exports one after the other, unless something is told of each; OTLP's texts stand in them as they are. */
  bytes(): Buffer
  /** The spans so far, from services that export traces as JSON. */
  spans(): readonly ExportedSpan[]
  close(): Promise<void>
}

/** A span as OTLP has it. */
export interface ExportedSpan {
  readonly service: string
  readonly name: string
  /** 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  /** Empty for a root. */
  readonly parentSpanId: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
}

/** What an export is of. */
export type TelemetrySignal = 'traces' | 'metrics' | 'logs'

/** @param onExport told of the bytes of each export, of which nothing is kept then: for long runs */
export async function startTelemetrySink(
  onExport?: (signal: TelemetrySignal, bytes: Buffer) => void,
): Promise<TelemetrySink> {
  const kept: Buffer[] = []
  const spans: ExportedSpan[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const isJson = request.headers['content-type'] === 'application/json'
    if (onExport !== undefined) onExport((request.url ?? '').replace('/v1/', '') as TelemetrySignal, body)
    else {
      kept.push(body)
      if (isJson && request.url === '/v1/traces') spans.push(...spansIn(JSON.parse(body.toString())))
    }
    response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'text/plain' })
    response.end(isJson ? '{}' : '')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => Buffer.concat(kept),
    spans: () => spans,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Value {
  readonly stringValue?: string
  readonly intValue?: number | string
  readonly boolValue?: boolean
}
type Attributes = readonly { readonly key: string; readonly value: Value }[]
type OtlpSpan = Omit<ExportedSpan, 'service' | 'attributes'> & { readonly attributes?: Attributes }

interface TracesExport {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes }
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[]
  }[]
}

function spansIn({ resourceSpans }: TracesExport): ExportedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(plain(resource.attributes)['service.name'])
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes, ...span }) => ({
        ...span,
        service,
        parentSpanId: span.parentSpanId ?? '',
        links: span.links ?? [],
        attributes: plain(attributes ?? []),
      })),
    )
  })
}

function plain(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.boolValue]),
  )
}
