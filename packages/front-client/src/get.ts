import type { Dispatcher } from 'undici'
import { FrontError } from './errors.ts'
import type { RawAnswer } from './interpret.ts'

export interface GetOptions {
  readonly dispatcher: Dispatcher
  readonly token: string
  readonly userAgent: string
  /** Milliseconds for connect, headers and body together. */
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly signal?: AbortSignal | undefined
  /** Aborts when the client is closed and waits no longer. */
  readonly closed: AbortSignal
}

/**
 * One GET, never redirected.
 * @throws FrontError `MR_FRONT_TIMEOUT`, `MR_FRONT_UNAVAILABLE`, `MR_FRONT_TOO_LARGE`; the reason of `signal` when that aborts.
 */
export async function get(url: URL, options: GetOptions): Promise<RawAnswer> {
  options.signal?.throwIfAborted()
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), options.timeoutMs)
  const signals = [deadline.signal, options.closed, ...(options.signal ? [options.signal] : [])]
  try {
    return await exchange(url, options, AbortSignal.any(signals))
  } catch (cause) {
    if (cause instanceof FrontError) throw cause
    options.signal?.throwIfAborted()
    if (deadline.signal.aborted) {
      throw new FrontError('MR_FRONT_TIMEOUT', `GET ${url.pathname} took more than ${options.timeoutMs} ms`)
    }
    throw new FrontError('MR_FRONT_UNAVAILABLE', `GET ${url.pathname} failed: ${reasonOf(cause)}`, { cause })
  } finally {
    clearTimeout(timer)
  }
}

async function exchange(url: URL, options: GetOptions, signal: AbortSignal): Promise<RawAnswer> {
  const response = await options.dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: 'GET',
    headers: { authorization: `Bearer ${options.token}`, accept: 'application/json', 'user-agent': options.userAgent },
    signal,
  })
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    size += chunk.length
    // Leaving the loop destroys the body, and with it the connection: the rest is never read.
    if (size > options.maxBytes) throw tooLarge(url, response.statusCode, options.maxBytes)
    chunks.push(chunk)
  }
  return { status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) }
}

function tooLarge(url: URL, status: number, maxBytes: number): FrontError {
  return new FrontError('MR_FRONT_TOO_LARGE', `GET ${url.pathname} answered more than ${maxBytes} bytes`, { status })
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
  return cause.message ? `${code} ${cause.message}` : code
}
