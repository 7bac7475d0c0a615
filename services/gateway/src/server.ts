import type { Socket } from 'node:net'
import { uuidv7 } from '@millrace/domain'
import type { Log } from '@millrace/kafka'
import type { Source } from '@millrace/service-kit'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { GatewayError, type GatewayErrorCode, gatewayErrors } from './errors.ts'
import type { Limits } from './limits.ts'
import type { Observer } from './observe.ts'
import { PROBLEM_TYPE, refusalOf } from './problems.ts'
import { type ByteBudget, readBody } from './read-body.ts'

export interface ServerOptions {
  readonly trustedProxies: readonly string[]
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  readonly maxConnections: number
}

export interface ServerParts {
  readonly observer: Observer
  readonly budget: ByteBudget
  readonly log: Log
  /** The source that posts to a path; undefined when there is none. */
  sourceAt(path: string | undefined): Source | undefined
  /** Methods of a path, for `Allow`; undefined when nothing is there. */
  methodsAt(path: string): string | undefined
  limits(): Limits
  isDraining(): boolean
}

const MAX_HEADER_BYTES = 16_384
const CHECK_CONNECTIONS_MS = 1_000

/** Fastify with raw bodies, problem documents and bounds on everything a client decides; no routes yet. */
export function createServer(options: ServerOptions, parts: ServerParts): FastifyInstance {
  const app = Fastify({
    logger: false,
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    genReqId: uuidv7,
    requestIdHeader: false,
    requestTimeout: options.requestTimeoutMs,
    keepAliveTimeout: options.keepAliveTimeoutMs,
    // Requests that arrive on open connections while draining are still served.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
    http: {
      headersTimeout: options.headersTimeoutMs,
      connectionsCheckingInterval: CHECK_CONNECTIONS_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    frameworkErrors: (error, request, reply) => sendRefusal(error, request, reply, parts.log),
    clientErrorHandler: (error, socket) => answerBrokenClient(error, socket, parts.observer),
  })
  app.server.maxConnections = options.maxConnections
  app.decorateRequest('exchange')
  app.addHook('onRequest', async (request, reply) => {
    request.exchange = parts.observer.begin(request, reply)
    reply.headers({ 'x-webhook-id': request.id, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
    if (parts.isDraining()) reply.header('connection', 'close')
    request.exchange.source = parts.sourceAt(request.routeOptions.url)
    await parts.limits().checkAddress(request, reply)
    if (request.is404) throw nothingAt(request.url, parts)
    takeAnyContentType(request)
  })
  takeRawBodies(app, parts.budget)
  app.setErrorHandler((error, request, reply) => sendRefusal(error, request, reply, parts.log))
  return app
}

function nothingAt(url: string, { methodsAt }: ServerParts): GatewayError {
  const path = url.split('?', 1)[0] ?? url
  const allow = methodsAt(path.length > 1 ? path.replace(/\/$/, '') : path)
  return allow === undefined
    ? new GatewayError('MR_GATEWAY_NOT_FOUND')
    : new GatewayError('MR_GATEWAY_METHOD', { headers: { allow } })
}

/** Senders say all kinds of things about their JSON, and Fastify refuses what is no media type before it looks for a parser. */
function takeAnyContentType(request: FastifyRequest): void {
  const type = request.raw.headers['content-type']
  if (type !== undefined && type !== 'application/json')
    request.headers = { 'content-type': 'application/octet-stream' }
}

function takeRawBodies(app: FastifyInstance, budget: ByteBudget): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async ({ raw, exchange }: FastifyRequest) => {
    const limit = exchange.source?.maxBodyBytes ?? 0
    return readBody(raw, limit, budget, (release) => {
      exchange.release = release
    })
  })
}

function sendRefusal(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const { problem, headers, isBug } = refusalOf(error, request.id)
  if (request.exchange) {
    request.exchange.code = problem.code
    request.exchange.rule = problem.rule
  }
  if (isBug) log.error({ error, webhook_id: request.id }, 'a request failed by a fault of ours')
  reply.code(problem.status).headers(headers).type(PROBLEM_TYPE).send(JSON.stringify(problem))
}

const brokenClients: Readonly<Record<string, GatewayErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'MR_GATEWAY_HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'MR_GATEWAY_SLOW_REQUEST',
}

/** What never became a request is answered on the bare socket. */
function answerBrokenClient(error: NodeJS.ErrnoException, socket: Socket, observer: Observer): void {
  const code = brokenClients[error.code ?? ''] ?? 'MR_GATEWAY_BAD_REQUEST'
  observer.refusedConnection(gatewayErrors[code].rule)
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  const { problem } = refusalOf(new GatewayError(code))
  const body = JSON.stringify(problem)
  const head = `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`
  socket.end(head + body, () => socket.destroy())
}
