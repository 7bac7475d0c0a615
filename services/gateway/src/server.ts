import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { uuidv7 } from '@millrace/domain'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { GatewayError, type GatewayErrorCode, gatewayErrors } from './errors.ts'
import { type FastPath, takeFastPath } from './fast-path.ts'
import { inTurn } from './in-turn.ts'
import type { Limits } from './limits.ts'
import type { Observer } from './observe.ts'
import { PROBLEM_TYPE, problemText, refusalOf } from './problems.ts'
import { commonHeaders, type RefusalParts, refusing } from './respond.ts'
import { checkHeaders, createBoundedServer, type ServerOptions } from './server-bounds.ts'
import { pathOf } from './source-routes.ts'
import type { WebhookLane } from './webhook-lane.ts'

export interface ServerParts extends RefusalParts {
  readonly observer: Observer
  /** Takes what is a webhook before Fastify sees it. */
  readonly lane: WebhookLane
  /** Methods of a path, for `Allow`; undefined when nothing is there. */
  methodsAt(path: string): string | undefined
  addressOf(request: FastifyRequest['raw']): string
  readonly limits: Limits
  isDraining(): boolean
}

/** The HTTP server: webhooks by their lane, pages by Fastify (no routes yet), problem documents for both, bounds on everything a client decides. */
export function createServer(options: ServerOptions, parts: ServerParts): { app: FastifyInstance; fastPath: FastPath } {
  const app = Fastify({
    logger: false,
    genReqId: uuidv7,
    requestIdHeader: false,
    // Requests that arrive on open connections while draining are still served.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => sendRefusal(error, request, reply, parts),
    clientErrorHandler: (error, socket) => answerBrokenClient(error, socket, parts),
    serverFactory: (pages) =>
      createBoundedServer(
        options,
        inTurn((request, response) => {
          if (!parts.lane(request, response)) pages(request, response)
        }),
      ),
  })
  app.decorateRequest('exchange')
  app.addHook('onRequest', async (request, reply) => {
    const { raw, id: webhookId, routeOptions } = request
    const exchange = parts.observer.begin({
      request: raw,
      response: reply.raw,
      webhookId,
      route: routeOptions.url,
      address: parts.addressOf(raw),
      source: undefined,
    })
    request.exchange = exchange
    reply.headers({ 'x-webhook-id': webhookId, ...commonHeaders })
    if (parts.isDraining()) reply.header('connection', 'close')
    try {
      parts.limits.checkAddress(exchange)
    } finally {
      if (exchange.headers !== undefined) reply.headers(exchange.headers)
    }
    checkHeaders(raw)
    if (request.is404) throw nothingAt(request.url, parts)
  })
  app.setErrorHandler((error, request, reply) => sendRefusal(error, request, reply, parts))
  const fastPath = takeFastPath(app.server, {
    isTls: options.tls !== undefined,
    keepAliveTimeoutMs: options.keepAliveTimeoutMs,
    requestTimeoutMs: options.requestTimeoutMs,
    take: parts.lane,
  })
  app.addHook('preClose', async () => fastPath.end())
  return { app, fastPath }
}

function nothingAt(url: string, { methodsAt }: ServerParts): GatewayError {
  const allow = methodsAt(pathOf(url) ?? url)
  return allow === undefined
    ? new GatewayError('MR_GATEWAY_NOT_FOUND')
    : new GatewayError('MR_GATEWAY_METHOD', { headers: { allow } })
}

function sendRefusal(
  error: unknown,
  { exchange, id }: FastifyRequest,
  reply: FastifyReply,
  { log, baseUrl }: RefusalParts,
): void {
  const { problem, headers } = refusing(error, exchange, log, id)
  reply.code(problem.status).headers(headers).type(PROBLEM_TYPE).send(problemText(problem, baseUrl))
}

const brokenClients: Readonly<Record<string, GatewayErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'MR_GATEWAY_HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'MR_GATEWAY_SLOW_REQUEST',
}

/** What never became a request is answered on the bare socket. */
function answerBrokenClient(
  error: NodeJS.ErrnoException,
  socket: Socket,
  { observer, baseUrl }: Pick<ServerParts, 'observer' | 'baseUrl'>,
): void {
  const code = brokenClients[error.code ?? ''] ?? 'MR_GATEWAY_BAD_REQUEST'
  observer.refusedConnection(gatewayErrors[code].rule)
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  const { problem } = refusalOf(new GatewayError(code))
  const body = problemText(problem, baseUrl)
  const head = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`
  socket.end(head + body, () => socket.destroy())
}
