import { checkTargetUrl, type TargetPolicy } from '@millrace/domain'
import { TargetRefused, type Targets } from '@millrace/service-kit'
import { createConsents } from './ask-consent.ts'
import { codeOfStatus, createFailureCodes } from './classify-failure.ts'
import { inClientSpan } from './client-span.ts'
import { createTunnels } from './connect-through-proxy.ts'
import type { TryErrorCode } from './error-classes.ts'
import { exchange, noProgress, type Progress } from './exchange.ts'
import { type Connection, createConnections } from './keep-connections.ts'
import type { Posted } from './tried.ts'
import { rateLimitOf, retryAfterMs } from './wait-hints.ts'

export interface PostOptions {
  /** Which URLs and addresses may be called. */
  readonly targets: Pick<Targets, 'policy' | 'resolver'>
  /** Milliseconds for connecting, headers and body together. */
  readonly timeoutMs: number
  readonly userAgent: string
  /** Egress proxy; undefined: straight. */
  readonly proxyUrl?: string | undefined
  /** A DNS name that stands for this installation where consent is asked for. Default `millrace`. */
  readonly origin?: string
  /** Certificates (PEM) of authorities to trust instead of Node's. */
  readonly ca?: string
  /** Milliseconds after which a connection is not used again. Default 60 s. */
  readonly maxConnectionAgeMs?: number
}

export interface Target {
  readonly url: string
  /** Whose connections may be used. */
  readonly owner: string
  /** 0 or undefined: the poster's. */
  readonly timeoutMs?: number
  readonly asksConsent?: boolean
}

export interface Poster {
  /**
   * Posts JSON once and judges the answer; never follows a redirect. Of a try that breaks off, the connection is closed before this resolves. When
   * `signal` aborts, the result is `MR_DELIVERY_ABORTED`: what came of the try is then unknown.
   * @throws bugs alone
   */
  post(target: Target, headers: Readonly<Record<string, string>>, body: Buffer, signal: AbortSignal): Promise<Posted>
  /** Connections that wait for their next request. */
  idle(): number
  close(): Promise<void>
}

class OutOfTime extends Error {
  override readonly name = 'TimeoutError'
}

class Aborted extends Error {
  override readonly name = 'AbortError'
}

/** A client of its own: no proxy from the environment, no cookies, no decompression, no redirects, one request at a time on a connection. */
export function createPoster(options: PostOptions): Poster {
  const { targets, userAgent } = options
  const connections = createConnections({
    resolver: targets.resolver,
    tunnels: options.proxyUrl === undefined ? undefined : createTunnels(options.proxyUrl, options.ca),
    ca: options.ca,
    ...(options.maxConnectionAgeMs === undefined ? {} : { maxAgeMs: options.maxConnectionAgeMs }),
  })
  const consents = createConsents(options.origin ?? 'millrace')
  const failures = createFailureCodes(() => targets.resolver.doServersAnswer())

  const send = async (target: Target, url: URL, connection: Connection, outgoing: Outgoing, progress: Progress) => {
    const allowedPerMinute = target.asksConsent ? await consents.ask(target.owner, url, connection, progress) : null
    const path = `${url.pathname}${url.search}`
    const headers = { ...outgoing.headers, 'content-type': 'application/json', 'user-agent': userAgent }
    await exchange(connection, { method: 'POST', path, headers, body: outgoing.body }, progress)
    return allowedPerMinute
  }

  const post: Poster['post'] = async (target, headers, body, signal) => {
    const progress = noProgress()
    const verdict = judged(target.url, targets.policy)
    if (verdict instanceof TargetRefused) return result(progress, failures.of(verdict, progress.phase))
    const connection = connections.take(target.owner, verdict)
    connection.trace = progress
    const stopped = Promise.withResolvers<never>()
    const stop = (reason: Error) => {
      stopped.reject(reason)
      void connection.destroy(reason)
    }
    const timeoutMs = target.timeoutMs || options.timeoutMs
    const timer = setTimeout(() => stop(new OutOfTime(`not done within ${timeoutMs} ms`)), timeoutMs)
    const abort = () => stop(new Aborted('aborted'))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    try {
      const sending = send(target, verdict, connection, { headers, body }, progress)
      const allowedPerMinute = await Promise.race([stopped.promise, sending])
      progress.phase = 'done'
      failures.reached()
      connection.release()
      return result(progress, codeOfStatus(progress.statusCode ?? 0), allowedPerMinute)
    } catch (error) {
      await connection.destroy(error as Error)
      if (error instanceof Aborted) return result(progress, 'MR_DELIVERY_ABORTED')
      return result(progress, failures.of(error, progress.phase))
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  }
  return {
    post: (target, headers, body, signal) => inClientSpan(target.url, () => post(target, headers, body, signal)),
    idle: connections.idle,
    close: connections.close,
  }
}

interface Outgoing {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** An endpoint may have been saved under another policy, so its URL is judged at every try. */
function judged(text: string, policy: TargetPolicy): URL | TargetRefused {
  const verdict = checkTargetUrl(text, policy)
  return verdict.ok ? verdict.url : new TargetRefused(verdict.rule, verdict.detail)
}

function result(progress: Progress, errorCode: TryErrorCode | null, allowedPerMinute: number | null = null): Posted {
  const { kept, headers, ...rest } = progress
  const now = Date.now()
  return {
    ...rest,
    errorCode,
    isReused: progress.address !== null && progress.connectMs === null,
    answer: kept.length === 0 ? null : Buffer.concat(kept),
    retryAfterMs: retryAfterMs(headers, now),
    rateLimit: rateLimitOf(headers, now),
    allowedPerMinute,
  }
}
