import createClient, { type Client } from 'openapi-fetch'
import type { paths } from './api-types.ts'
import { ConsoleClientError, type Problem } from './errors.ts'

export interface ConsoleClientOptions {
  /** Where the console is, without a path: `http://127.0.0.1:8090`. */
  readonly url: string
  /** Bearer token. A browser sends its session's cookie instead. */
  readonly token?: string
  /** In a browser: the session's token, sent with every write. */
  readonly csrfToken?: () => string | undefined
  /** Milliseconds that an answer may take, body included; default 30 000. Streams (`text/event-stream`) have no such bound. */
  readonly timeoutMs?: number
  readonly fetch?: (request: Request) => Promise<Response>
}

/** The console's API by path and method, typed by its document: `client.GET('/api/v1/me')` gives `{ data, error, response }`. */
export type ConsoleClient = Client<paths>

/** Makes a client. Whatever fails on the way is thrown as ConsoleClientError `MR_CONSOLE_UNREACHABLE`; see `answerOf` for refusals. */
export function createConsoleClient(options: ConsoleClientOptions): ConsoleClient {
  const { url, token, csrfToken, timeoutMs = 30_000 } = options
  const call = options.fetch ?? ((request) => fetch(request))
  const client = createClient<paths>({
    baseUrl: url,
    fetch: async (request) => {
      const isStream = request.headers.get('accept') === 'text/event-stream'
      const signal = isStream ? request.signal : AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)])
      try {
        return await calledAgain(() => call(new Request(request, { signal })), request.method)
      } catch (cause) {
        if (request.signal.aborted) throw cause
        const reason = reasonOf(cause)
        throw new ConsoleClientError('MR_CONSOLE_UNREACHABLE', `The console at ${url} does not answer: ${reason}`, {
          cause,
        })
      }
    },
  })
  client.use({
    onRequest({ request }) {
      if (token !== undefined) request.headers.set('authorization', `Bearer ${token}`)
      const csrf = csrfToken?.()
      if (csrf !== undefined && request.method !== 'GET') request.headers.set('x-csrf-token', csrf)
    },
  })
  return client
}

/** A server that ends closes connections while a request may be on its way: what changes nothing is asked once more (RFC 9112, section 9.3.1). */
async function calledAgain(call: () => Promise<Response>, method: string): Promise<Response> {
  try {
    return await call()
  } catch (error) {
    if (method !== 'GET' || !isConnectionLost(error)) throw error
    return await call()
  }
}

function isConnectionLost(error: unknown): boolean {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } }
  return cause?.code === 'UND_ERR_SOCKET' || cause?.code === 'ECONNRESET'
}

interface Outcome<T> {
  readonly data?: T
  readonly error?: unknown
  readonly response: Response
}

/**
 * What a call of the client gave.
 * @throws ConsoleClientError `MR_CONSOLE_REFUSED` with the problem that the console answered with
 */
export async function answerOf<T>(call: Promise<Outcome<T>>): Promise<T> {
  const { data, error, response } = await call
  if (response.ok) return data as T
  const problem = problemOf(error)
  const message = problem?.detail ?? `The console answered ${response.status} ${response.statusText}`.trim()
  throw new ConsoleClientError('MR_CONSOLE_REFUSED', message, problem === undefined ? {} : { problem })
}

function problemOf(error: unknown): Problem | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? (error as Problem) : undefined
}

/** fetch says only "fetch failed"; what failed is its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof Error) return 'code' in cause && cause.message === '' ? String(cause.code) : cause.message
  return error.message
}
