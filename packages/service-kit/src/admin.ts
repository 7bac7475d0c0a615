import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CheckReport, Checks } from './checks.ts'
import { ServiceKitError } from './errors.ts'
import { OPEN_METRICS_TYPE, wantsOpenMetrics } from './open-metrics.ts'

export interface AdminOptions {
  readonly host: string
  readonly port: number
  /** Named in the error when the port is taken. */
  readonly portSetting: string
  readonly checks: Checks
  readonly scrape: () => Promise<string>
  /** For scrapers that take OpenMetrics; they get what `scrape` gives where it is undefined. */
  readonly scrapeOpenMetrics?: (() => Promise<string>) | undefined
}

export interface Admin {
  /** The port bound, where 0 was asked for. */
  readonly port: number
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/**
 * Serves `/livez`, `/readyz` (JSON, 200 or 503, each check with its reason) and `/metrics` on a port of its own, so that they answer
 * while the service's own port is full, and are not reachable from outside.
 * @throws ServiceKitError `MR_SERVICE_PORT_TAKEN` when the port cannot be bound.
 */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const server = createServer(
    {
      headersTimeout: 5_000,
      requestTimeout: 5_000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 8_192,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => void answer(options, request, response),
  )
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(portTaken(options, cause)))
    server.listen(options.port, options.host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(options: AdminOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume()
  const { status, type, body } = await route(options, request).catch(
    (error: unknown): Answer => ({ status: 500, type: 'text/plain; charset=utf-8', body: `${String(error)}\n` }),
  )
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function route({ checks, scrape, scrapeOpenMetrics }: AdminOptions, request: IncomingMessage): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'only GET and HEAD')
  switch (request.url?.split('?', 1)[0]) {
    case '/livez':
      return showReport(await checks.live())
    case '/readyz':
      return showReport(await checks.ready())
    case '/metrics':
      if (scrapeOpenMetrics !== undefined && wantsOpenMetrics(request.headers.accept))
        return { status: 200, type: OPEN_METRICS_TYPE, body: await scrapeOpenMetrics() }
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: await scrape() }
    default:
      return text(404, 'there are /livez, /readyz and /metrics')
  }
}

function showReport(report: CheckReport): Answer {
  return { status: report.ok ? 200 : 503, type: 'application/json', body: `${JSON.stringify(report)}\n` }
}

function text(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` }
}

/** The error for a port that cannot be bound, saying which setting moves it. */
function portTaken(
  { host, port, portSetting }: Pick<AdminOptions, 'host' | 'port' | 'portSetting'>,
  cause: unknown,
): ServiceKitError {
  const reason =
    cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
      ? 'is in use'
      : `cannot be bound (${String(cause)})`
  return new ServiceKitError(
    'MR_SERVICE_PORT_TAKEN',
    `Port ${port} on ${host} ${reason}; ${portSetting} sets another`,
    { cause },
  )
}
