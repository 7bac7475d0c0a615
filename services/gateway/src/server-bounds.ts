import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { GatewayError } from './errors.ts'
import type { WebhookRequest } from './exchange.ts'
import { readTls, type TlsFiles } from './tls.ts'

export interface ServerOptions {
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  /** Longest time that a request may be worked on; a connection that says and takes nothing for longer is closed. */
  readonly answerTimeoutMs: number
  /** With a certificate the server speaks TLS, else plain HTTP. */
  readonly tls: TlsFiles | undefined
}

const MAX_HEADER_BYTES = 16_384
/** Far above what any sender and all proxies before us together set. */
const MAX_HEADERS = 100
const CHECK_CONNECTIONS_MS = 1_000

/**
 * A server with a bound on every time that a client decides about.
 * @throws ServiceKitError `MR_SETTINGS_INVALID`
 */
export function createBoundedServer(options: ServerOptions, listener: RequestListener): Server {
  const bounds = {
    headersTimeout: options.headersTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    keepAliveTimeout: options.keepAliveTimeoutMs,
    connectionsCheckingInterval: CHECK_CONNECTIONS_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Node's own answer to a missing host is no problem document; `checkHeaders` gives one.
    requireHostHeader: false,
  }
  const server = options.tls === undefined ? createHttpServer(bounds, listener) : createTls(bounds, options, listener)
  // Node drops headers beyond this without a word; `checkHeaders` refuses them.
  server.maxHeadersCount = 0
  // An expectation that nobody knows is none (RFC 9110, section 10.1.1); Node's own answer would be no problem document.
  server.on('checkExpectation', listener)
  // What neither sends nor takes anything; `resetUnread` looks after clients that only send.
  server.setTimeout(Math.max(options.keepAliveTimeoutMs, options.answerTimeoutMs, options.requestTimeoutMs) + 5_000)
  return server
}

/** The two kinds of server have all in common that is used here, but no common type. */
function createTls(bounds: object, { tls, headersTimeoutMs }: ServerOptions, listener: RequestListener): Server {
  const pair = tls === undefined ? {} : readTls(tls)
  return createHttpsServer({ ...bounds, ...pair, handshakeTimeout: headersTimeoutMs }, listener) as unknown as Server
}

/**
 * What Node lets pass of the headers.
 * @throws GatewayError `MR_GATEWAY_HEADERS_TOO_LARGE` with rule `headers-too-many`, `MR_GATEWAY_BAD_REQUEST`
 */
export function checkHeaders(request: WebhookRequest): void {
  // Of the fast path: it takes no request that would be refused here.
  if ('body' in request) return
  const { rawHeaders, headers, httpVersion } = request
  if (rawHeaders.length > MAX_HEADERS * 2) {
    throw new GatewayError('MR_GATEWAY_HEADERS_TOO_LARGE', {
      rule: 'headers-too-many',
      detail: `More than ${MAX_HEADERS} headers.`,
    })
  }
  // RFC 9112, section 3.2.
  if (headers.host === undefined && httpVersion === '1.1') throw new GatewayError('MR_GATEWAY_BAD_REQUEST')
}
