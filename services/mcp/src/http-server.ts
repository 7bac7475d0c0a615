import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { type CallerRules, refusalOf } from './check-caller.ts'
import type { McpSession } from './session.ts'

export interface HttpOptions {
  readonly rules: () => CallerRules
  readonly maxSessions: number
  readonly sessionIdleMs: number
  /** Makes a session for a token that the console takes. @throws ConsoleClientError when it does not, or does not answer */
  open(token: string): Promise<McpSession>
  onSessions(count: number): void
}

export interface HttpServer {
  readonly app: FastifyInstance
  /** Ends sessions and their streams. */
  close(): Promise<void>
}

interface Open {
  readonly session: McpSession
  readonly transport: StreamableHTTPServerTransport
  readonly tokenHash: Buffer
  usedAt: number
  /** Requests and streams under way. */
  busy: number
}

const methods = ['GET', 'POST', 'DELETE'] as const
const MAX_BODY_BYTES = 4_194_304
/** Keeps streams alive through proxies. */
const KEEP_ALIVE_MS = 15_000

/** Streamable HTTP at `/mcp`: who calls brings a token of the console; a session belongs to the token that began it. */
export function createHttpServer(options: HttpOptions): HttpServer {
  const sessions = new Map<string, Open>()
  let beginning = 0
  const app = Fastify({ logger: false, bodyLimit: MAX_BODY_BYTES })

  const end = async (id: string) => {
    const open = sessions.get(id)
    sessions.delete(id)
    options.onSessions(sessions.size)
    await open?.session.close()
  }
  const begin = async (token: string) => {
    const session = await options.open(token)
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      keepAliveMs: KEEP_ALIVE_MS,
      onsessioninitialized(id) {
        sessions.set(id, { session, transport, tokenHash: hashOf(token), usedAt: Date.now(), busy: 1 })
        options.onSessions(sessions.size)
      },
    })
    transport.onclose = () => void (transport.sessionId !== undefined && end(transport.sessionId))
    await session.server.connect(transport)
    return { session, transport }
  }

  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const refused = refusalOf(request.headers, options.rules())
    if (refused !== null) return refuse(reply, refused.status, refused.detail)
    const token = bearerOf(request)
    if (token === null)
      return refuse(
        reply.header('www-authenticate', 'Bearer'),
        401,
        'A token of the console is needed: Authorization: Bearer …',
      )
    const id = request.headers['mcp-session-id']
    const open = typeof id === 'string' ? sessions.get(id) : undefined
    // Whose session it is nobody else learns, not even that it exists.
    if (id !== undefined && (open === undefined || !timingSafeEqual(open.tokenHash, hashOf(token))))
      return refuse(reply, 404, 'There is no such session: begin a new one.')
    if (open === undefined && !(request.method === 'POST' && isInitializeRequest(request.body)))
      return refuse(reply, 400, 'A session begins with a POST of "initialize".')
    if (open === undefined && sessions.size + beginning >= options.maxSessions)
      return refuse(reply.header('retry-after', '30'), 503, 'There are as many sessions as there may be.')
    if (open !== undefined) {
      follow(reply, open)
      return await pass(request, reply, open.transport)
    }
    beginning++
    try {
      const { session, transport } = await begin(token)
      await pass(request, reply, transport)
      const begun = sessions.get(transport.sessionId ?? '')
      // What the transport refused is no session.
      if (begun === undefined) await session.close()
      else begun.busy--
    } catch (error) {
      return refuseSession(reply, error as Error)
    } finally {
      beginning--
    }
    return reply
  }
  app.route({ method: [...methods], url: '/mcp', handler: handle })
  app.setNotFoundHandler(({ url }, reply) =>
    url.split('?', 1)[0] === '/mcp'
      ? refuse(reply.header('allow', methods.join(', ')), 405, `MCP takes ${methods.join(', ')}.`)
      : refuse(reply, 404, 'MCP is served at /mcp.'),
  )
  app.setErrorHandler((error: { statusCode?: number; message: string }, _, reply) =>
    refuse(
      reply,
      error.statusCode ?? 500,
      (error.statusCode ?? 500) < 500 ? error.message : 'The server made a mistake.',
    ),
  )

  const sweep = setInterval(
    () => {
      const oldest = Date.now() - options.sessionIdleMs
      for (const [id, { usedAt, busy }] of sessions) if (busy === 0 && usedAt < oldest) void end(id)
    },
    Math.min(60_000, options.sessionIdleMs / 2),
  )
  sweep.unref()

  return {
    app,
    async close() {
      clearInterval(sweep)
      await Promise.all([...sessions.keys()].map(end))
      await app.close()
    },
  }
}

async function pass(
  request: FastifyRequest,
  reply: FastifyReply,
  transport: StreamableHTTPServerTransport,
): Promise<FastifyReply> {
  reply.hijack()
  await transport.handleRequest(request.raw, reply.raw, request.body)
  return reply
}

/** Notes that a session is in use until the answer, a stream that stays open included, has ended. */
function follow(reply: FastifyReply, open: Open): void {
  open.busy++
  reply.raw.once('close', () => {
    open.busy--
    open.usedAt = Date.now()
  })
}

function bearerOf({ headers }: FastifyRequest): string | null {
  return /^Bearer ([\x21-\x7e]{1,1000})$/i.exec(headers.authorization ?? '')?.[1] ?? null
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function refuseSession(reply: FastifyReply, error: Error & { readonly statusCode?: number }): FastifyReply {
  if (error.statusCode === 401)
    return refuse(
      reply.header('www-authenticate', 'Bearer error="invalid_token"'),
      401,
      'The console does not take this token.',
    )
  return refuse(reply.header('retry-after', '5'), 503, 'The console does not answer.')
}

/** As the transport itself answers. */
function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ jsonrpc: '2.0', error: { code: -32_000, message }, id: null })
}
