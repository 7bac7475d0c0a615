import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { Agent } from 'undici'
import type { Turn } from './budget/turns.ts'
import type { CallOutcome } from './budget/types.ts'
import { FrontError } from './errors.ts'
import { get } from './get.ts'
import { type AllowUrl, allowUrls } from './hosts.ts'
import { errorOf } from './interpret.ts'
import { parseJson } from './parse.ts'
import { parseRateLimits, type RateLimits } from './rate-limits.ts'
import { resourceOf, routeOf } from './routes.ts'
import type { Answer, CallOptions, FrontClientOptions } from './types.ts'

type Parse<T> = (json: unknown, where: string) => T

/** A 401 to a token that may be renewed. */
class TokenRefused extends Error {
  readonly token: string

  constructor(token: string) {
    super('Front refuses the token')
    this.token = token
  }
}

/** One HTTP call with everything that holds for each of them. */
export interface Caller {
  readonly allow: AllowUrl
  /** URL of an API path such as `/events/evt_1`. */
  urlOf(path: string): URL
  call<T>(url: URL, parse: Parse<T>, options?: CallOptions): Promise<Answer<T>>
  close(deadlineMs: number): Promise<void>
}

const tracer = trace.getTracer('@millrace/front-client')
const DEFAULT_BASE_URL = 'https://api2.frontapp.com'

export function createCaller(options: FrontClientOptions): Caller {
  const baseUrl = new URL(options.baseUrl ?? DEFAULT_BASE_URL)
  const allow = allowUrls(baseUrl, options.allowedHosts)
  const settings = {
    // Our own deadline covers headers and body; undici's would only add another error for the same thing.
    dispatcher: new Agent({ connections: options.connections ?? 16, headersTimeout: 0, bodyTimeout: 0 }),
    timeoutMs: options.fetchTimeoutMs ?? 10_000,
    maxBytes: options.maxAnswerBytes ?? 8 * 1_048_576,
    userAgent: options.userAgent ?? 'millrace',
  }
  const closed = new AbortController()
  let closing: Promise<void> | undefined

  const once = async <T>(url: URL, parse: Parse<T>, given: CallOptions, isLast: boolean): Promise<Answer<T>> => {
    const route = routeOf(url, baseUrl)
    const { isTry } = (await options.guard?.before(route)) ?? { isTry: false }
    const token = checkToken(typeof options.token === 'string' ? options.token : await options.token())
    const turn = await takeTurn(options, url, given, () => isTry || options.guard?.check(route))
    const startedAt = Date.now()
    const clock = performance.now()
    const outcome: Ended = { status: null, limits: null, retryAfterMs: null, error: null }
    const span = tracer.startSpan('GET', { kind: SpanKind.CLIENT, attributes: spanAttributes(url, route) })
    try {
      const answer = await get(url, { ...settings, token, signal: given.signal, closed: closed.signal })
      outcome.status = answer.status
      outcome.limits = parseRateLimits(answer.headers)
      const error = errorOf(answer, { url, allow, token })
      if (error) throw error
      const where = `GET ${url.pathname}`
      const json = parseJson(answer.bytes, where)
      return { value: parse(json, where), json, bytes: answer.bytes, startedAt, mergedInto: null }
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      if (error instanceof FrontError) outcome.error = error
      if (outcome.status === 401 && !isLast) throw new TokenRefused(token)
      throw error
    } finally {
      const { status, error } = outcome
      outcome.retryAfterMs = error?.retryAfterMs ?? null
      turn?.done(outcome)
      if (status !== null) span.setAttribute('http.response.status_code', status)
      span.end()
      if (status !== 401 || isLast) options.guard?.after(route, outcome)
      options.onCall?.({ route, status, durationMs: performance.now() - clock })
    }
  }

  const call: Caller['call'] = async (url, parse, given = {}) => {
    const { renewToken } = options
    try {
      return await once(url, parse, given, renewToken === undefined)
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error
      await renewToken?.(error.token)
      return once(url, parse, given, true)
    }
  }

  return {
    allow,
    urlOf: (path) => new URL(baseUrl.pathname.replace(/\/$/, '') + path, baseUrl),
    call,
    close: (deadlineMs) => {
      const timer = setTimeout(() => closed.abort(), deadlineMs)
      closing ??= settings.dispatcher.close()
      return closing.finally(() => clearTimeout(timer))
    },
  }
}

interface Ended extends CallOutcome {
  status: number | null
  limits: RateLimits | null
  retryAfterMs: number | null
  error: FrontError | null
}

/** The lease of a grant reckons with a call that is sent this soon after the budget was asked; see `leaseFor`. */
const SEND_WITHIN_MS = 4_000
const MAX_WAIT_MS = 30_000

/** How long a grant counts at least: sent in time, a call has its answer or is given up by then. */
export function leaseFor(fetchTimeoutMs: number): number {
  return fetchTimeoutMs + SEND_WITHIN_MS + 1_000
}

async function takeTurn(
  { turns }: FrontClientOptions,
  url: URL,
  given: CallOptions,
  checkStill: () => void,
): Promise<Turn | undefined> {
  if (turns === undefined) return undefined
  const { lane = 'live-low', signal, maxWaitMs = MAX_WAIT_MS } = given
  const resource = resourceOf(url)
  const isSearch = url.pathname.includes('/conversations/search/')
  for (;;) {
    const turn = await turns.take({ lane, resource, isSearch, signal, maxWaitMs })
    try {
      checkStill()
    } catch (error) {
      turn.giveBack()
      throw error
    }
    if (performance.now() - turn.askedAt < SEND_WITHIN_MS) return turn
    // This process was held up: the grant may have ended for others.
    turn.giveBack()
  }
}

/** Ids in the path are no secrets; what a query holds may be. */
/** By the semantic conventions for HTTP, with the path's template in place of the path, which names conversations. */
function spanAttributes({ protocol, hostname }: URL, route: string) {
  return {
    'http.request.method': 'GET',
    'url.scheme': protocol.slice(0, -1),
    'server.address': hostname,
    'url.template': route,
  }
}

function checkToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new TypeError('the Front API token is empty or holds characters that no header can carry')
}
