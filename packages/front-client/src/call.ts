import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { Agent } from 'undici'
import { get } from './get.ts'
import { type AllowUrl, allowUrls } from './hosts.ts'
import { errorOf } from './interpret.ts'
import { parseJson } from './parse.ts'
import { parseRateLimits } from './rate-limits.ts'
import type { Answer, FrontClientOptions } from './types.ts'

/** One HTTP call with everything that holds for each of them. */
export interface Caller {
  readonly allow: AllowUrl
  /** URL of an API path such as `/events/evt_1`. */
  urlOf(path: string): URL
  call<T>(url: URL, parse: (json: unknown, where: string) => T, signal?: AbortSignal): Promise<Answer<T>>
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

  const call: Caller['call'] = async (url, parse, signal) => {
    const token = checkToken(typeof options.token === 'string' ? options.token : await options.token())
    const startedAt = Date.now()
    const clock = performance.now()
    let status: number | null = null
    const span = tracer.startSpan('GET', { kind: SpanKind.CLIENT, attributes: spanAttributes(url) })
    try {
      const answer = await get(url, { ...settings, token, signal, closed: closed.signal })
      status = answer.status
      const limits = parseRateLimits(answer.headers)
      if (limits) options.onRateLimits?.(limits)
      const error = errorOf(answer, { url, allow, token })
      if (error) throw error
      const where = `GET ${url.pathname}`
      const json = parseJson(answer.bytes, where)
      return { value: parse(json, where), json, bytes: answer.bytes, startedAt, mergedInto: null }
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      if (status !== null) span.setAttribute('http.response.status_code', status)
      span.end()
      options.onCall?.({ path: url.pathname, status, durationMs: performance.now() - clock })
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

/** Ids in the path are no secrets; what a query holds may be. */
function spanAttributes({ protocol, hostname, pathname }: URL) {
  return {
    'http.request.method': 'GET',
    'url.scheme': protocol.slice(0, -1),
    'server.address': hostname,
    'url.path': pathname,
  }
}

function checkToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new TypeError('the Front API token is empty or holds characters that no header can carry')
}
